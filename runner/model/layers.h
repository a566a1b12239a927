// The layers with weights. Parameters are left unset: model::initialize fills them from named random streams.
#pragma once

#include <torch/torch.h>

#include <cstdint>

namespace bnexp::model {

// (N, in, H, W) to (N, out, H - size + 1, W - size + 1): stride 1, no padding.
class Conv2d final : public torch::nn::Module {
 public:
  Conv2d(std::int64_t in, std::int64_t out, std::int64_t size, bool with_bias);
  torch::Tensor forward(const torch::Tensor& x) const { return torch::conv2d(x, weight, bias); }

  torch::Tensor weight;  // (out, in, size, size)
  torch::Tensor bias;    // (out) or undefined
};

// (N, in) to (N, out).
class Linear final : public torch::nn::Module {
 public:
  Linear(std::int64_t in, std::int64_t out, bool with_bias);
  torch::Tensor forward(const torch::Tensor& x) const { return torch::linear(x, weight, bias); }

  torch::Tensor weight;  // (out, in)
  torch::Tensor bias;    // (out) or undefined
};

}  // namespace bnexp::model
