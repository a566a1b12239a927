// The ways in which one norm, its activation and pooling can be carried out.
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
  // The gradients of x and of the norm's parameters from gy, that of the y which forward has just made of the x that
  // the way was tried on.
  std::function<std::vector<torch::Tensor>(const torch::Tensor& y, const torch::Tensor& gy)> backward;
};

struct Ways {
  std::vector<Way> all;
  std::map<std::string, std::string> absent;  // name -> why there is no such way
  std::map<std::string, std::string> failed;  // name -> what it said when it was tried
  bool composed_is_torch = false;
};

// "fused": norm::fused, where a kernel fits; in training on vectors as a chain of them is trained, without autograd.
// "composed": the norm's own forward, then the activation; with bf16 both in fp32, as models without fused kernels do.
// "torch": LibTorch's operation for the same function, in x's type; absent where "composed" is that already.
// Each has a norm of its own. Every way that is listed has been tried on `x`.
Ways ways_of(const Case& what, const torch::Tensor& x);

torch::ScalarType scalar_type(const std::string& type);

}  // namespace bnexp::bench
