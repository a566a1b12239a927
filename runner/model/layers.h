// The layers with weights. Parameters are left unset: model::initialize fills them from named random streams.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <memory>
#include <string>

#include "norm/norm.h"

namespace bnexp::model {

// Common to both: a weight (out, in, ...), an optional bias (out), and an optional norm that may compute the weight in
// use. Weights are kept in fp32; a layer computes in its input's type.
class Layer : public torch::nn::Module {
 public:
  torch::Tensor forward(const torch::Tensor& x) const { return apply(x, effective_weight()); }
  // Applies the layer with another weight.
  virtual torch::Tensor apply(const torch::Tensor& x, const torch::Tensor& w) const = 0;

  std::int64_t fan_in() const { return weight.numel() / weight.size(0); }
  // The weight in use.
  torch::Tensor effective_weight() const { return norm ? norm->weight(weight) : weight; }

  std::string path;                  // its name in the model: "blocks.0.conv1"
  torch::Tensor weight;              // (out, in, ...)
  torch::Tensor bias;                // (out) or undefined
  std::shared_ptr<norm::Norm> norm;  // of the slot that the layer's output goes to, or null
  double bound = 1;                  // initial values are uniform within bound / sqrt(fan_in); 1 is PyTorch's default

 protected:
  void register_parameters(const std::vector<std::int64_t>& shape, bool with_bias);
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
  torch::Tensor apply(const torch::Tensor& x, const torch::Tensor& w) const override;

 private:
  bool samples(const torch::Tensor& x) const;

  Conv2dOptions options_;
};

// (N, in) to (N, out).
class Linear final : public Layer {
 public:
  Linear(std::int64_t in, std::int64_t out, bool with_bias);
  torch::Tensor apply(const torch::Tensor& x, const torch::Tensor& w) const override {
    const auto type = x.scalar_type();
    return torch::linear(x, w.to(type), bias.defined() ? bias.to(type) : bias);
  }
};

}  // namespace bnexp::model
