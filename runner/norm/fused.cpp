#include "norm/fused.h"

#include <memory>
#include <utility>
#include <vector>

namespace bnexp::norm {
namespace {

using kernels::Block;
using kernels::Statistics;
using torch::autograd::variable_list;

std::optional<kernels::Activation> find_activation(const std::string& name) {
  if (name.empty()) return kernels::Activation::none;
  if (name == "relu") return kernels::Activation::relu;
  if (name == "leaky_relu") return kernels::Activation::leaky_relu;
  if (name == "sigmoid") return kernels::Activation::sigmoid;
  if (name == "tanh") return kernels::Activation::tanh;
  return std::nullopt;
}

// Whether no other tensor uses this tensor's memory.
bool is_sole(const torch::Tensor& tensor) { return tensor.use_count() == 1 && tensor.storage().use_count() == 1; }

float* floats(const torch::Tensor& tensor) { return tensor.defined() ? tensor.data_ptr<float>() : nullptr; }

// Calls f with a null pointer of the kernels' type for the tensor's dtype.
template <class F>
void with_type(const torch::Tensor& x, const F& f) {
  if (x.scalar_type() == torch::kFloat) {
    f(static_cast<float*>(nullptr));
  } else {
    f(static_cast<kernels::BFloat16*>(nullptr));
  }
}

template <class T>
T* values(const torch::Tensor& tensor) {
  return tensor.defined() ? static_cast<T*>(tensor.data_ptr()) : nullptr;
}

// The memory format in which a kernel over `over` needs its images.
at::MemoryFormat layout(Statistics over, const torch::Tensor& x) {
  const bool last = over != Statistics::group && x.dim() == 4 && !x.is_contiguous() &&
                    x.suggest_memory_format() == at::MemoryFormat::ChannelsLast;
  return last ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
}

// One forward, prepared for the kernels.
struct Parts {
  Block block;
  Norm::FusedForm form;
  at::MemoryFormat format = at::MemoryFormat::Contiguous;  // of x, y and their gradients
  torch::Tensor moments;  // (2, statistics): mean and biased variance, when they aren't given

  float* mean() const { return block.frozen ? floats(form.running_mean) : floats(moments); }
  float* var() const {
    return block.frozen ? floats(form.running_var)
                        : (moments.defined() ? floats(moments) + block.statistics() : nullptr);
  }
};

// x has the format of layout().
Parts take_apart(Norm::FusedForm whole, const torch::Tensor& x) {
  Parts parts;
  parts.format = layout(whole.over, x);
  parts.form = std::move(whole);
  const Norm::FusedForm& form = parts.form;
  Block& block = parts.block;
  block.over = form.over;
  block.centred = form.centred;
  block.eps = form.eps;
  block.groups = form.groups;
  block.frozen = form.running_mean.defined();
  block.per_element = form.weight.defined() && form.weight.dim() > 1;
  block.samples = x.size(0);
  block.channels = x.size(1);
  TORCH_CHECK(block.groups > 0 && block.channels % block.groups == 0, block.groups, " groups don't divide the ",
              block.channels, " channels");
  block.columns = x.dim() > 2 ? x.size(-1) : 1;
  block.rows = x.numel() / (block.samples * block.channels * block.columns);
  // A vector is an image of one position.
  block.channels_last =
      block.over != Statistics::group && (parts.format == at::MemoryFormat::ChannelsLast || block.positions() == 1);
  if (!block.frozen && block.statistics() > 0) {
    parts.moments = torch::empty({2, block.statistics()}, x.options().dtype(torch::kFloat));
  }
  return parts;
}

void forward(const Parts& parts, const torch::Tensor& x, torch::Tensor& y, torch::Tensor& argmax) {
  with_type(x, [&](auto* type) {
    using T = std::remove_pointer_t<decltype(type)>;
    kernels::forward<T>(parts.block, values<T>(x), floats(parts.form.weight), floats(parts.form.bias), parts.mean(),
                        parts.var(), values<T>(y), values<std::uint8_t>(argmax));
  });
}

struct FusedStep final : BackwardStep {
  Parts parts;
  const GradientBuffers* gradient_buffers = nullptr;
  std::vector<std::int64_t> shape;  // x's
  torch::Tensor x;                  // these three without a graph, if backward needs them
  torch::Tensor y;
  torch::Tensor argmax;

  variable_list backward(torch::Tensor gy, bool wants_first, bool is_last) override {
    gy = gy.contiguous(parts.format);
    const torch::Tensor& weight = parts.form.weight;
    const torch::Tensor& bias = parts.form.bias;
    TORCH_CHECK(x.defined() || y.defined(), "the graph of a fused block was freed by an earlier backward");
    const torch::Tensor input = x;
    const bool fits_gy = parts.block.over == Statistics::none && !parts.block.pool;
    torch::Tensor gx;
    if (fits_gy && is_sole(gy)) {
      gx = gy;
    } else if (is_last && wants_first && x.defined() && x.storage().use_count() == 1) {
      gx = std::exchange(x, {});
    } else {
      gx = torch::empty(shape, gy.options(), parts.format);
    }
    torch::Tensor gweight;
    torch::Tensor gbias;
    const auto run = [&] {
      with_type(gy, [&](auto* type) {
        using T = std::remove_pointer_t<decltype(type)>;
        kernels::backward<T>(parts.block, values<T>(input), values<T>(y), values<T>(gy), floats(weight), floats(bias),
                             parts.mean(), parts.var(), values<std::uint8_t>(argmax), values<T>(gx), floats(gweight),
                             floats(gbias));
      });
    };
    const auto with_bias = [&]() -> torch::Tensor {
      if (!bias.defined()) {
        run();
        return {};
      }
      return write_gradient(gradient_buffers, bias, [&](torch::Tensor& made) {
        gbias = made;
        run();
      });
    };
    if (!weight.defined()) {
      torch::Tensor made = with_bias();
      return {gx, {}, made};
    }
    torch::Tensor bias_gradient;
    torch::Tensor weight_gradient = write_gradient(gradient_buffers, weight, [&](torch::Tensor& made) {
      gweight = made;
      bias_gradient = with_bias();
    });
    return {gx, weight_gradient, bias_gradient};
  }

  void release() override {
    x.reset();
    y.reset();
    argmax.reset();
  }
};

}  // namespace

std::optional<torch::Tensor> fused(Norm* norm, const std::string& activation, bool pool, torch::Tensor&& given,
                                   const GradientBuffers* gradient_buffers, Tape* tape) {
  const auto kind = find_activation(activation);
  const auto dtype = given.scalar_type();
  auto form = norm == nullptr ? std::optional(Norm::FusedForm{}) : norm->fused_form();
  if (!kind || !form || !given.is_cpu() || (dtype != torch::kFloat && dtype != torch::kBFloat16) || given.dim() < 2 ||
      given.numel() == 0 || (pool && (given.dim() != 4 || given.size(2) < 2 || given.size(3) < 2))) {
    return std::nullopt;
  }
  const bool is_given_away = is_sole(given);
  const torch::Tensor x = given.contiguous(layout(form->over, given));
  Parts parts = take_apart(std::move(*form), x);
  Block& block = parts.block;
  const auto& [over, eps, weight, bias, groups, centred, running_mean, running_var] = parts.form;
  if (weight.defined() && weight.scalar_type() != torch::kFloat) return std::nullopt;
  const bool has_backward = wants_backward(tape, x, weight, bias);
  const std::int64_t count = block.samples * block.positions();
  if (over == Statistics::batch && (block.frozen ? has_backward : count == 1)) return std::nullopt;
  if (over == Statistics::none && activation.empty() && !pool) return given;

  block.activation = *kind;
  block.pool = pool;
  // What backward computes the activation's gradient from; see kernels::backward.
  const bool from_input = dtype == torch::kBFloat16 && kernels::is_curved(*kind);
  torch::Tensor y;
  torch::Tensor argmax;
  {
    const at::AutoDispatchBelowADInplaceOrView below_autograd;
    std::vector<std::int64_t> shape = x.sizes().vec();
    if (pool) {
      shape[2] /= 2;
      shape[3] /= 2;
      argmax = torch::empty(shape, x.options().dtype(torch::kByte), parts.format);
    }
    const bool in_place = over == Statistics::none && !pool && is_given_away && !(has_backward && from_input);
    y = in_place ? x.detach() : torch::empty(shape, x.options(), parts.format);
    forward(parts, x, y, argmax);
  }
  if (over == Statistics::batch && !block.frozen) norm->on_statistics(parts.mean(), parts.var(), count);
  if (!has_backward) return y;

  const torch::Tensor values = y.detach();
  const torch::Tensor scale = weight;
  const torch::Tensor shift = bias;
  auto step = std::make_unique<FusedStep>();
  step->shape = x.sizes().vec();
  if (over != Statistics::none || from_input) step->x = x.detach();
  if ((over == Statistics::none || pool) && !from_input) step->y = values;
  step->argmax = std::move(argmax);
  step->gradient_buffers = gradient_buffers;
  step->parts = std::move(parts);
  register_step(std::move(step), tape, y, x, scale, shift);
  return y;
}

bool fuses_channels_last(const Norm& norm) {
  const auto form = norm.fused_form();
  return form && form->over != Statistics::group;
}

torch::Tensor fused_norm_output(const Norm& norm, const torch::Tensor& given) {
  const torch::NoGradGuard no_grad;
  Norm::FusedForm form = *norm.fused_form();
  const torch::Tensor x = given.contiguous(layout(form.over, given)).to(torch::kFloat);
  const Parts parts = take_apart(std::move(form), x);
  if (parts.block.over == Statistics::none) return x;
  torch::Tensor y = torch::empty_like(x);
  torch::Tensor no_argmax;
  forward(parts, x, y, no_argmax);
  return y;
}

}  // namespace bnexp::norm
