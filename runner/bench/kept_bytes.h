// The bytes that an operation keeps for its backward, counted by the allocator.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <functional>

namespace bnexp::bench {

// Bytes that stay allocated between forward and backward because backward needs them: the input if it is kept, the
// output if it is, statistics and intermediate results. x is the output of an operation that doesn't keep it, such as a
// convolution, and nobody else holds x or y; parameters and buffers don't count. `leaf` has x's shape and requires a
// gradient.
std::int64_t kept_bytes(const torch::Tensor& leaf, const std::function<torch::Tensor(const torch::Tensor&)>& forward);

}  // namespace bnexp::bench
