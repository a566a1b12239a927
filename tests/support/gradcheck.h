// Finite differences against autograd, in double.
#pragma once

#include <torch/torch.h>

#include <algorithm>
#include <functional>
#include <vector>

namespace bnexp::tests {

// The largest difference between autograd's gradient of sum(weights * f()) and central differences with step 1e-6, over
// every entry of every input, relative to the largest gradient entry (at least 1). `f` reads the inputs again in each
// call.
inline double gradient_error(const std::function<torch::Tensor()>& f, const std::vector<torch::Tensor>& inputs) {
  torch::Tensor weights;
  const auto objective = [&] {
    const torch::Tensor y = f();
    if (!weights.defined()) weights = torch::cos(torch::arange(y.numel(), torch::kDouble) * 1.7).reshape(y.sizes());
    return (y * weights).sum();
  };
  for (const auto& input : inputs) input.mutable_grad() = torch::Tensor();
  objective().backward();
  const torch::NoGradGuard no_grad;
  double error = 0;
  double scale = 1;
  for (const auto& input : inputs) {
    const torch::Tensor analytic = input.grad().defined() ? input.grad().contiguous() : torch::zeros_like(input);
    double* values = input.data_ptr<double>();
    for (std::int64_t i = 0; i < input.numel(); ++i) {
      const double old = values[i];
      const double h = 1e-6;
      values[i] = old + h;
      const double up = objective().item<double>();
      values[i] = old - h;
      const double down = objective().item<double>();
      values[i] = old;
      const double expected = (up - down) / (2 * h);
      error = std::max(error, std::abs(analytic.data_ptr<double>()[i] - expected));
      scale = std::max(scale, std::abs(expected));
    }
  }
  return error / scale;
}

}  // namespace bnexp::tests
