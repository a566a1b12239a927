// A norm with what follows it, run as one kernel each way: how a model executes, never another model. Values and
// gradients are those of the norm, activation and pooling one after the other, to fp32's rounding.
#pragma once

#include <torch/torch.h>

#include <optional>
#include <string>

#include "norm/norm.h"
#include "norm/sinks.h"
#include "norm/tape.h"

namespace bnexp::norm {

// y = max_pool2d(activation(norm(x)), 2), the pooling only with `pool`. Null `norm`: none. x is (N, C, ...) in fp32 or
// bfloat16, which y then has too; images in channels-last memory stay there when the norm fuses_channels_last. nullopt,
// and nothing done, where no kernel fits: a norm without a form, another device or dtype, gradients through running
// statistics, a batch with one value per channel. An x that is given away and that nobody else holds may become y.
std::optional<torch::Tensor> fused(Norm* norm, const std::string& activation, bool pool, torch::Tensor&& x,
                                   const Sinks* sinks = nullptr, Tape* tape = nullptr);
inline std::optional<torch::Tensor> fused(Norm* norm, const std::string& activation, bool pool, const torch::Tensor& x,
                                          const Sinks* sinks = nullptr, Tape* tape = nullptr) {
  return fused(norm, activation, pool, torch::Tensor(x), sinks, tape);
}

// Whether images in channels-last memory are taken as they lie: statistics of the batch, or none.
bool fuses_channels_last(const Norm& norm);

// What `norm` alone makes of x where `fused` has just been possible, in fp32; for those who look on. Changes nothing.
torch::Tensor fused_norm_output(const Norm& norm, const torch::Tensor& x);

}  // namespace bnexp::norm
