// What an operation keeps for its backward, in bytes, counted by the allocator.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <functional>

namespace bnexp::bench {

// Bytes that are alive between forward and backward because backward needs them: of the input where it is kept, of the
// output where it is, of statistics and intermediate results. x is the output of an operation that doesn't keep it, as
// a convolution's is, and nobody else holds x or y; parameters and buffers don't count. `leaf` has x's shape and wants
// a gradient.
std::int64_t kept_bytes(const torch::Tensor& leaf, const std::function<torch::Tensor(const torch::Tensor&)>& forward);

}  // namespace bnexp::bench
