// A norm, its activation and pooling as one kernel for forward and one for backward. This decides how a model executes,
// not what it computes: values and gradients equal those of the separate operations, to fp32 rounding.
#pragma once

#include <torch/torch.h>

#include <optional>
#include <string>

#include "norm/gradient_buffers.h"
#include "norm/norm.h"
#include "norm/tape.h"

namespace bnexp::norm {

// y = max_pool2d(activation(norm(x)), 2); without `pool`, no pooling; a null `norm` means none. x is (N, C, ...) in
// fp32 or bfloat16, and y has the same type. Images in channels-last memory stay so if the norm fuses_channels_last.
// Returns nullopt and does nothing if no kernel fits: a norm without a fused form, another device or dtype, gradients
// through running statistics, a batch with one value per channel. If x is moved here and has no other owner, y may use
// its memory.
std::optional<torch::Tensor> fused(Norm* norm, const std::string& activation, bool pool, torch::Tensor&& x,
                                   const GradientBuffers* gradient_buffers = nullptr, Tape* tape = nullptr);
inline std::optional<torch::Tensor> fused(Norm* norm, const std::string& activation, bool pool, const torch::Tensor& x,
                                          const GradientBuffers* gradient_buffers = nullptr, Tape* tape = nullptr) {
  return fused(norm, activation, pool, torch::Tensor(x), gradient_buffers, tape);
}

// Whether images in channels-last memory need no copy: for norms with batch statistics, or none.
bool fuses_channels_last(const Norm& norm);

// The output of `norm` alone, in fp32, for observers. Call it only after `fused` has just run. Changes no state.
torch::Tensor fused_norm_output(const Norm& norm, const torch::Tensor& x);

}  // namespace bnexp::norm
