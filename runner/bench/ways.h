// The ways to execute one norm, its activation and pooling.
#pragma once

#include <torch/torch.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "bench/case.h"

namespace bnexp::bench {

struct Way {
  std::string name;
  std::function<torch::Tensor(const torch::Tensor& x)> forward;  // y in x's type
  // The gradients of x and of the norm's parameters from gy, the gradient of the y that forward has just computed from
  // the x that the way was tried on.
  std::function<std::vector<torch::Tensor>(const torch::Tensor& y, const torch::Tensor& gy)> backward;
};

struct Ways {
  std::vector<Way> all;
  std::map<std::string, std::string> absent;  // name -> why it is missing
  std::map<std::string, std::string> failed;  // name -> its error when tried
  bool composed_is_torch = false;
};

// "fused": norm::fused, if a kernel fits; training on vectors runs without autograd, as in a chain of them. "composed":
// the norm's own forward, then the activation; with bf16 both in fp32, as in models without fused kernels. "torch":
// LibTorch's operation for the same function, in x's type; absent if "composed" is that already. Each has its own norm.
// Every listed way has been tried on `x`.
Ways ways_of(const Case& what, const torch::Tensor& x);

torch::ScalarType scalar_type(const std::string& type);

}  // namespace bnexp::bench
