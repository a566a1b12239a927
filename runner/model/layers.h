// The layers with weights. Parameters are left unset: model::initialize fills them from named random streams.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <memory>
#include <string>

#include "norm/norm.h"

namespace bnexp::model {

// Common to both: a weight (out, in, ...), perhaps a bias (out), perhaps a norm that says which weight to compute with.
class Layer : public torch::nn::Module {
 public:
  virtual torch::Tensor forward(const torch::Tensor& x) const = 0;

  std::int64_t fan_in() const { return weight.numel() / weight.size(0); }

  std::string path;                  // its name in the model: "blocks.0.conv1"
  torch::Tensor weight;              // (out, in, ...)
  torch::Tensor bias;                // (out) or undefined
  std::shared_ptr<norm::Norm> norm;  // of the slot that the layer's output goes to, or null
  double bound = 1;                  // initial values are uniform within bound / sqrt(fan_in); 1 is PyTorch's default

 protected:
  void register_parameters(const std::vector<std::int64_t>& shape, bool with_bias);
  torch::Tensor effective_weight() const { return norm ? norm->weight(weight) : weight; }
};

struct Conv2dOptions {
  std::int64_t in = 1;
  std::int64_t out = 1;
  std::int64_t size = 3;  // of the square kernel
  std::int64_t stride = 1;
  std::int64_t padding = 0;
};

// (N, in, H, W) to (N, out, (H + 2 padding - size) / stride + 1, ...).
class Conv2d final : public Layer {
 public:
  Conv2d(const Conv2dOptions& options, bool with_bias);
  torch::Tensor forward(const torch::Tensor& x) const override {
    return torch::conv2d(x, effective_weight(), bias, options_.stride, options_.padding);
  }

 private:
  Conv2dOptions options_;
};

// (N, in) to (N, out).
class Linear final : public Layer {
 public:
  Linear(std::int64_t in, std::int64_t out, bool with_bias);
  torch::Tensor forward(const torch::Tensor& x) const override { return torch::linear(x, effective_weight(), bias); }
};

}  // namespace bnexp::model
