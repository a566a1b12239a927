// Forward and backward of a training step. If the model is a chain of fused layers, only the first step with each batch
// shape uses autograd; later steps run without it and give the same bits.
#pragma once

#include <torch/torch.h>

#include <vector>

#include "model/model.h"
#include "norm/tape.h"

namespace bnexp::train {

class ForwardBackward {
 public:
  explicit ForwardBackward(model::Model& model) : model_(model) {}

  // The model must execute with this, and have a gradient buffer for every parameter.
  norm::Tape& tape() { return tape_; }

  // Returns the logits; no gradient flows to the images.
  torch::Tensor forward(const torch::Tensor& images);
  // Takes the gradient of the logits of the last forward.
  void backward(const torch::Tensor& gradient);

 private:
  model::Model& model_;
  norm::Tape tape_;
  std::vector<std::int64_t> chain_;  // shape of the images for which the model is known to be a chain
  bool plays_ = false;               // the current step runs without autograd
  torch::Tensor logits_;
};

}  // namespace bnexp::train
