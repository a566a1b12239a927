#include "model/layers.h"

namespace bnexp::model {
namespace {

// fp32 numbers in the widest vector that oneDNN may use here.
std::int64_t widest_vector() {
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx512f")) return 16;
#endif
  return 8;
}

// In fp32, for the weight gradient of 5x5 filters of one channel, cuDNN 9.19 takes a Winograd algorithm unless strides
// say channels last. On an H200, the gradient was then off by 2e-3 of its largest value; with channels-last strides it
// is off by 3e-7. For 3x3 filters, Winograd is off by 2e-5 and faster. LibTorch's setting for another algorithm, an
// older interface to cuDNN, takes 5 to 30 times as long per convolution.
bool avoids_winograd(const torch::Tensor& x, const torch::Tensor& w) {
  return x.is_cuda() && x.scalar_type() == torch::kFloat && w.size(1) == 1 && w.size(2) > 3;
}

// A tensor of one channel with the strides of channels-last memory. Its values lie as before, so contiguous() would
// leave the strides as they are.
torch::Tensor channels_last(const torch::Tensor& t) {
  return t.contiguous().view({t.size(0), t.size(2), t.size(3), 1}).permute({0, 3, 1, 2});
}

}  // namespace

void Layer::register_parameters(const std::vector<std::int64_t>& shape, bool with_bias) {
  weight = register_parameter("weight", torch::empty(shape));
  if (with_bias) bias = register_parameter("bias", torch::empty({shape.front()}));
}

Conv2d::Conv2d(const Conv2dOptions& options, bool with_bias) : options_(options) {
  register_parameters({options.out, options.in, options.size, options.size}, with_bias);
}

// The weight gradient of a strided 1x1 convolution of channels-last images with fewer channels than a vector holds
// writes past oneDNN's workspace: a crash, or wrong gradients (uxlfoundation/oneDNN issue 6035, still in LibTorch
// 2.13). Such a convolution gets only the pixels that it reads, and no stride.
bool Conv2d::samples(const torch::Tensor& x) const {
  static const std::int64_t vector = widest_vector();
  return options_.size == 1 && options_.stride > 1 && options_.padding == 0 && options_.in < vector && x.is_cpu() &&
         x.suggest_memory_format() == at::MemoryFormat::ChannelsLast;
}

torch::Tensor Conv2d::apply(const torch::Tensor& x, const torch::Tensor& w) const {
  const auto type = x.scalar_type();
  const torch::Tensor b = bias.defined() ? bias.to(type) : bias;
  if (avoids_winograd(x, w)) {
    const torch::Tensor y =
        torch::conv2d(channels_last(x), channels_last(w.to(type)), b, options_.stride, options_.padding);
    return y.contiguous();
  }
  if (!samples(x)) return torch::conv2d(x, w.to(type), b, options_.stride, options_.padding);
  const auto every = [&](const torch::Tensor& t, std::int64_t dimension) {
    return t.slice(dimension, std::nullopt, std::nullopt, options_.stride);
  };
  return torch::conv2d(every(every(x, 2), 3).contiguous(at::MemoryFormat::ChannelsLast), w.to(type), b);
}

Linear::Linear(std::int64_t in, std::int64_t out, bool with_bias) { register_parameters({out, in}, with_bias); }

}  // namespace bnexp::model
