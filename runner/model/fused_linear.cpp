#include "model/fused_linear.h"

#include <utility>

#include "norm/node.h"

namespace bnexp::model {
namespace {

using torch::autograd::variable_list;

// A parameter in the type of the product.
torch::Tensor in_type(const torch::Tensor& parameter, torch::ScalarType type, const norm::Sinks* sinks) {
  if (!parameter.defined() || parameter.scalar_type() == type) return parameter;
  const norm::Sinks::Views* views = sinks == nullptr ? nullptr : sinks->find(parameter);
  const bool has_half = views != nullptr && views->half.defined() && views->half.scalar_type() == type;
  return has_half ? views->half : parameter.to(type);
}

struct LinearBackward final : torch::autograd::Node {
  torch::Tensor x;  // without its graph
  torch::Tensor weight;
  torch::Tensor bias;
  torch::Tensor factor;  // the weight in the type of the product
  const norm::Sinks* sinks = nullptr;

  variable_list apply(variable_list&& gradients) override {
    const torch::Tensor& gy = gradients[0];
    if (!gy.defined()) return {{}, {}, {}};
    const at::AutoDispatchBelowADInplaceOrView below_autograd;
    torch::Tensor gx;
    if (task_should_compute_output(0)) gx = at::mm(gy, factor);
    torch::Tensor gweight = norm::deliver(sinks, weight, [&](torch::Tensor& made) {
      if (made.scalar_type() == gy.scalar_type()) {
        at::mm_out(made, gy.t(), x);
      } else {
        made.copy_(at::mm(gy.t(), x));
      }
    });
    torch::Tensor gbias;
    if (bias.defined()) {
      gbias = norm::deliver(
          sinks, bias, [&](torch::Tensor& made) { at::sum_out(made, gy, 0, /*keepdim=*/false, made.scalar_type()); });
    }
    return {gx, gweight, gbias};
  }

  void release_variables() override { x.reset(); }
};

}  // namespace

torch::Tensor fused_linear(const torch::Tensor& x, const torch::Tensor& weight, const torch::Tensor& bias,
                           const norm::Sinks* sinks) {
  torch::Tensor y;
  torch::Tensor factor;
  {
    const torch::NoGradGuard no_grad;
    const at::AutoDispatchBelowADInplaceOrView below_autograd;
    factor = in_type(weight, x.scalar_type(), sinks);
    y = bias.defined() ? at::addmm(in_type(bias, x.scalar_type(), sinks), x, factor.t()) : at::mm(x, factor.t());
  }
  if (!norm::wants_graph(x, weight, bias)) return y;
  const auto node = norm::connect<LinearBackward>(y, x, weight, bias);
  node->x = x.detach();
  node->weight = weight;
  node->bias = bias;
  node->factor = std::move(factor);
  node->sinks = sinks;
  return y;
}

}  // namespace bnexp::model
