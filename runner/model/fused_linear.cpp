#include "model/fused_linear.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <hwy/targets.h>

#include <memory>
#include <utility>

namespace bnexp::model {
namespace {

using torch::autograd::variable_list;

// A parameter in the data type of the product.
torch::Tensor in_type(const torch::Tensor& parameter, torch::ScalarType type,
                      const norm::GradientBuffers* gradient_buffers) {
  if (!parameter.defined() || parameter.scalar_type() == type) return parameter;
  const norm::GradientBuffers::Views* views = gradient_buffers == nullptr ? nullptr : gradient_buffers->find(parameter);
  const bool has_half = views != nullptr && views->half.defined() && views->half.scalar_type() == type;
  return has_half ? views->half : parameter.to(type);
}

using OneDnnLinear = torch::Tensor(const torch::Tensor&, const torch::Tensor&, const std::optional<torch::Tensor>&,
                                   c10::string_view, c10::List<std::optional<at::Scalar>>,
                                   std::optional<c10::string_view>);

// oneDNN's linear layer, if this LibTorch has it and the processor has AVX-512: unlike oneDNN, BLAS does not have
// AVX-512 kernels for all of these processors.
const c10::TypedOperatorHandle<OneDnnLinear>* one_dnn() {
  static const auto found = []() -> std::optional<c10::TypedOperatorHandle<OneDnnLinear>> {
    const auto schema = c10::Dispatcher::singleton().findSchema({"mkldnn::_linear_pointwise", ""});
    if (!schema || (hwy::SupportedTargets() & HWY_AVX3) == 0) return std::nullopt;
    return schema->typed<OneDnnLinear>();
  }();
  return found ? &*found : nullptr;
}

constexpr std::int64_t kLarge = 1 << 20;  // multiplications from which oneDNN's speed outweighs its overhead

bool is_for_one_dnn(const torch::Tensor& a, const torch::Tensor& b) {
  return a.scalar_type() == torch::kFloat && a.is_cpu() && b.is_non_overlapping_and_dense() &&
         a.numel() * b.size(0) >= kLarge && one_dnn() != nullptr;
}

// a b^T + c, c if defined.
torch::Tensor product(const torch::Tensor& a, const torch::Tensor& b, const torch::Tensor& c = {}) {
  if (is_for_one_dnn(a, b)) {
    return one_dnn()->call(a, b, c.defined() ? std::optional(c) : std::nullopt, "none",
                           c10::List<std::optional<at::Scalar>>(), "");
  }
  return c.defined() ? at::addmm(c, a, b.t()) : at::mm(a, b.t());
}

struct LinearStep final : norm::BackwardStep {
  torch::Tensor x;  // without its graph
  torch::Tensor weight;
  torch::Tensor bias;
  torch::Tensor factor;  // the weight in the type of the product
  const norm::GradientBuffers* gradient_buffers = nullptr;

  variable_list backward(torch::Tensor gy, bool wants_first, bool) override {
    const at::AutoDispatchBelowADInplaceOrView below_autograd;
    torch::Tensor gx;
    if (wants_first) gx = product(gy, factor.t());
    torch::Tensor gweight = norm::write_gradient(gradient_buffers, weight, [&](torch::Tensor& made) {
      if (made.scalar_type() == gy.scalar_type() && !is_for_one_dnn(gy, x.t())) {
        at::mm_out(made, gy.t(), x);
      } else {
        made.copy_(product(gy.t(), x.t()));
      }
    });
    torch::Tensor gbias;
    if (bias.defined()) {
      gbias = norm::write_gradient(gradient_buffers, bias, [&](torch::Tensor& made) {
        at::sum_out(made, gy, 0, /*keepdim=*/false, made.scalar_type());
      });
    }
    return {gx, gweight, gbias};
  }

  void release() override { x.reset(); }
};

}  // namespace

torch::Tensor fused_linear(const torch::Tensor& x, const torch::Tensor& weight, const torch::Tensor& bias,
                           const norm::GradientBuffers* gradient_buffers, norm::Tape* tape) {
  torch::Tensor y;
  torch::Tensor factor;
  {
    const torch::NoGradGuard no_grad;
    const at::AutoDispatchBelowADInplaceOrView below_autograd;
    factor = in_type(weight, x.scalar_type(), gradient_buffers);
    y = product(x, factor, in_type(bias, x.scalar_type(), gradient_buffers));
  }
  if (!norm::wants_backward(tape, x, weight, bias)) return y;
  auto step = std::make_unique<LinearStep>();
  step->x = x.detach();
  step->weight = weight;
  step->bias = bias;
  step->factor = std::move(factor);
  step->gradient_buffers = gradient_buffers;
  norm::register_step(std::move(step), tape, y, x, weight, bias);
  return y;
}

}  // namespace bnexp::model
