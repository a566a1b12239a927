// Convolutions of channels-last images against the same in fp64, contiguous: values and all gradients, in guarded
// memory. oneDNN picks other code for every instruction set; CMakeLists.txt repeats these tests at several.
#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "model/layers.h"
#include "support/catch.h"
#include "support/guarded_memory.h"

namespace bnexp {
namespace {

struct Kernel {
  std::int64_t size;
  std::int64_t stride;
  std::int64_t padding;
};

constexpr std::array<Kernel, 6> kKernels{{{1, 1, 0}, {1, 2, 0}, {3, 1, 0}, {3, 1, 1}, {3, 2, 1}, {5, 1, 2}}};

std::vector<torch::Tensor> values_and_gradients(const model::Conv2d& layer, const torch::Tensor& x,
                                                const torch::Tensor& gy) {
  const torch::Tensor y = layer.forward(x);
  auto result = torch::autograd::grad({y}, {x, layer.weight, layer.bias}, {gy.to(y.scalar_type())});
  result.insert(result.begin(), y.detach());
  return result;
}

// Images of one channel say by their strides which layout they have.
torch::Tensor channels_last(const torch::Tensor& x) {
  return x.permute({0, 2, 3, 1}).contiguous().permute({0, 3, 1, 2});
}

// The largest error of the output and of the gradients, relative to the largest entry of each, or to the square root of
// the number of terms in its sums where the entries are smaller: they are made of terms about one.
double error(const Kernel& kernel, std::int64_t in, std::int64_t out, std::int64_t batch, std::int64_t side,
             torch::ScalarType type) {
  const torch::Tensor weight = torch::randn({out, in, kernel.size, kernel.size}).to(type).to(torch::kFloat);
  const torch::Tensor x = torch::randn({batch, in, side, side}).to(type);
  const std::int64_t to = (side + 2 * kernel.padding - kernel.size) / kernel.stride + 1;
  const torch::Tensor gy = torch::randn({batch, out, to, to}).to(type);
  const auto run = [&](torch::ScalarType computed, bool last) {
    const auto layer = std::make_shared<model::Conv2d>(
        model::Conv2dOptions{in, out, kernel.size, kernel.stride, kernel.padding}, /*with_bias=*/true);
    {
      const torch::NoGradGuard no_grad;
      layer->weight.copy_(weight);
      layer->bias.zero_();
    }
    if (computed == torch::kDouble) layer->to(torch::kDouble);
    const torch::Tensor images = last ? channels_last(x.to(computed)) : x.to(computed);
    return values_and_gradients(*layer, images.detach().requires_grad_(), last ? channels_last(gy) : gy);
  };
  const double output_terms = static_cast<double>(batch * to * to);
  const std::array<double, 4> terms{static_cast<double>(in * kernel.size * kernel.size),
                                    static_cast<double>(out * kernel.size * kernel.size), output_terms, output_terms};
  const auto actual = run(type, true);
  const auto expected = run(torch::kDouble, false);
  double largest = 0;
  for (std::size_t i = 0; i < actual.size(); ++i) {
    const double scale = std::max(std::sqrt(terms[i]), expected[i].abs().max().item<double>());
    largest = std::max(largest, (actual[i].to(torch::kDouble) - expected[i]).abs().max().item<double>() / scale);
  }
  return largest;
}

void check(const Kernel& kernel, std::int64_t in, std::int64_t out, std::int64_t batch, std::int64_t side,
           torch::ScalarType type) {
  INFO(type << ", kernel " << kernel.size << ", stride " << kernel.stride << ", padding " << kernel.padding << ": "
            << in << " to " << out << " channels, " << batch << " images of side " << side);
  CHECK(error(kernel, in, out, batch, side, type) < (type == torch::kFloat ? 1e-4 : 4e-2));
}

TEST_CASE("convolutions of channels-last images have the right gradients and stay in their memory", "[convolution]") {
  const tests::GuardedMemory guarded;
  torch::manual_seed(5);
  for (const auto& kernel : kKernels) {
    for (std::int64_t in = 1; in <= 33; ++in) {
      check(kernel, in, 8, 1 + in % 9, 28, torch::kFloat);
      check(kernel, in, 33, 1 + (in + 4) % 9, 14, torch::kFloat);
      check(kernel, in, 17, 1 + (in + 6) % 9, 14, torch::kBFloat16);
    }
  }
}

TEST_CASE("strided 1x1 convolutions of large images with few channels stay in their memory", "[convolution]") {
  const tests::GuardedMemory guarded;
  torch::manual_seed(6);
  for (std::int64_t in = 1; in <= 17; ++in) {
    check({1, 2, 0}, in, 8, 2, 64, torch::kFloat);
    check({1, 3, 0}, in, 8, 2, 96, torch::kFloat);
    check({1, 2, 0}, in, 8, 2, 112, torch::kBFloat16);
  }
}

// Ten minutes' work, not part of a plain run.
TEST_CASE("convolutions of channels-last images have the right gradients in every combination",
          "[.every-convolution]") {
  const tests::GuardedMemory guarded;
  torch::manual_seed(7);
  for (const auto& kernel : kKernels) {
    for (const auto type : {torch::kFloat, torch::kBFloat16}) {
      for (const std::int64_t side : {7, 14, 28}) {
        for (std::int64_t in = 1; in <= 33; ++in) {
          for (const std::int64_t out : {1, 7, 8, 9, 15, 16, 17, 33}) {
            for (std::int64_t batch = 1; batch <= 9; ++batch) check(kernel, in, out, batch, side, type);
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace bnexp
