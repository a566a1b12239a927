// A linear layer whose backward is one step that writes gradients of parameters into their buffers.
#pragma once

#include <torch/torch.h>

#include "norm/gradient_buffers.h"
#include "norm/tape.h"

namespace bnexp::model {

// x W^T + b in x's type: (N, in) to (N, out).
torch::Tensor fused_linear(const torch::Tensor& x, const torch::Tensor& weight, const torch::Tensor& bias,
                           const norm::GradientBuffers* gradient_buffers, norm::Tape* tape);

}  // namespace bnexp::model
