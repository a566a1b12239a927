// A norm with its activation and pooling as one kernel forward and one backward. This decides how a model executes, not
// what it computes: values and gradients are those of the separate operations, to fp32's rounding.
#pragma once

#include <torch/torch.h>

#include <optional>
#include <string>

#include "norm/gradient_buffers.h"
#include "norm/norm.h"
#include "norm/tape.h"

namespace bnexp::norm {

// y = max_pool2d(activation(norm(x)), 2), the pooling only with `pool`. Null `norm`: none. x is (N, C, ...) in fp32 or
// bfloat16, which y then has too; images in channels-last memory stay there when the norm fuses_channels_last. nullopt,
// and nothing done, where no kernel fits: a norm without a fused form, another device or dtype, gradients through
// running statistics, a batch with one value per channel. An x that is moved here and has no other owner may become y.
std::optional<torch::Tensor> fused(Norm* norm, const std::string& activation, bool pool, torch::Tensor&& x,
                                   const GradientBuffers* gradient_buffers = nullptr, Tape* tape = nullptr);
inline std::optional<torch::Tensor> fused(Norm* norm, const std::string& activation, bool pool, const torch::Tensor& x,
                                          const GradientBuffers* gradient_buffers = nullptr, Tape* tape = nullptr) {
  return fused(norm, activation, pool, torch::Tensor(x), gradient_buffers, tape);
}

// Whether images in channels-last memory need no copy: with statistics of the batch, or none.
bool fuses_channels_last(const Norm& norm);

// The output of `norm` alone, in fp32, for observers. Only where `fused` has just run. Changes no state.
torch::Tensor fused_norm_output(const Norm& norm, const torch::Tensor& x);

}  // namespace bnexp::norm
