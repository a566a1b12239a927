// Buffers for the gradients of a network's parameters: views of one flat buffer, written in place.
#pragma once

#include <torch/torch.h>

#include <unordered_map>

namespace bnexp::norm {

class GradientBuffers {
 public:
  // `gradient` has the parameter's shape and outlives its use; `half`, if defined, is the parameter in bfloat16.
  void add(const torch::Tensor& parameter, torch::Tensor gradient, torch::Tensor half) {
    views_[parameter.unsafeGetTensorImpl()] = {std::move(gradient), std::move(half)};
  }

  struct Views {
    torch::Tensor gradient;
    torch::Tensor half;
  };
  // Null for a tensor that was not added.
  const Views* find(const torch::Tensor& parameter) const {
    const auto found = views_.find(parameter.unsafeGetTensorImpl());
    return found == views_.end() ? nullptr : &found->second;
  }

 private:
  std::unordered_map<const c10::TensorImpl*, Views> views_;
};

// Computes a parameter's gradient in backward by write(out), which overwrites `out`. If the parameter has a buffer, the
// gradient goes there, and the buffer becomes the parameter's grad or is added to it. Otherwise the gradient is a new
// tensor, which is returned for autograd.
template <class F>
torch::Tensor write_gradient(const GradientBuffers* gradient_buffers, const torch::Tensor& parameter, const F& write) {
  const GradientBuffers::Views* views = gradient_buffers == nullptr ? nullptr : gradient_buffers->find(parameter);
  if (views == nullptr) {
    torch::Tensor made = torch::empty_like(parameter);
    write(made);
    return made;
  }
  torch::Tensor& grad = parameter.mutable_grad();
  if (grad.defined()) {
    torch::Tensor more = torch::empty_like(parameter);
    write(more);
    grad.add_(more);
  } else {
    torch::Tensor view = views->gradient;
    write(view);
    grad = view;
  }
  return {};
}

}  // namespace bnexp::norm
