// A model's parameters in one buffer, their gradients in another of the same layout: one pass over each does for all.
#pragma once

#include <torch/torch.h>

#include <utility>
#include <vector>

#include "model/model.h"
#include "norm/gradient_buffers.h"

namespace bnexp::train {

// A part of the two buffers: values and gradients of some parameters, two tensors of one shape.
struct ParameterRange {
  torch::Tensor values;
  torch::Tensor gradients;
  bool decayed = true;  // by the optimizer's weight decay
};

// What weight decay acts on. `weights`: parameters of two or more dimensions that aren't a norm's; the others are
// biases, scalars such as SkipInit's alpha, and norms' parameters.
enum class Decayed { all, weights };

class Parameters {
 public:
  // Moves the model's parameters there; they must be of one type and on one device. With `half` there is also a copy in
  // bfloat16, up to date after refresh().
  Parameters(model::Model& model, bool half, Decayed decayed = Decayed::all);

  torch::Tensor& values() { return values_; }
  const torch::Tensor& values() const { return values_; }
  torch::Tensor& gradients() { return gradients_; }
  const norm::GradientBuffers& gradient_buffers() const { return gradient_buffers_; }

  // The whole; or the decayed parameters and the others, those that there are.
  const std::vector<ParameterRange>& ranges() const { return ranges_; }

  // Before a backward: no parameter has a gradient.
  void clear();
  // After it: what autograd has put elsewhere is copied to its place, and zero where nothing came.
  void gather();
  // After the values have changed.
  void refresh();

 private:
  std::vector<torch::Tensor> parameters_;  // in the buffers' order
  std::vector<torch::Tensor> views_;       // of gradients_
  torch::Tensor values_;
  torch::Tensor gradients_;
  torch::Tensor half_;
  norm::GradientBuffers gradient_buffers_;
  std::vector<ParameterRange> ranges_;
};

}  // namespace bnexp::train
