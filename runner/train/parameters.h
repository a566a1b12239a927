// A model's parameters in one buffer, their gradients in another of the same layout: one pass over each does for all.
#pragma once

#include <torch/torch.h>

#include <utility>
#include <vector>

#include "model/model.h"
#include "norm/sinks.h"

namespace bnexp::train {

class Parameters {
 public:
  // Moves the model's parameters there; they must be of one type and on one device. With `half` there is also a copy in
  // bfloat16, up to date after refresh().
  Parameters(model::Model& model, bool half);

  torch::Tensor& values() { return values_; }
  torch::Tensor& gradients() { return gradients_; }
  const norm::Sinks& sinks() const { return sinks_; }

  // Before a backward: no parameter has a gradient.
  void clear();
  // After it: what autograd has put elsewhere is copied to its place, and zero where nothing came.
  void gather();
  // After the values have changed.
  void refresh();

 private:
  std::vector<torch::Tensor> parameters_;
  std::vector<torch::Tensor> views_;  // of gradients_
  torch::Tensor values_;
  torch::Tensor gradients_;
  torch::Tensor half_;
  norm::Sinks sinks_;
};

}  // namespace bnexp::train
