// Forward and backward of a training step. Where the model is a chain of fused layers, the first step with a given
// batch shape uses autograd; later ones go without it, with the same bits.
#pragma once

#include <torch/torch.h>

#include <vector>

#include "model/model.h"
#include "norm/tape.h"

namespace bnexp::train {

class ForwardBackward {
 public:
  explicit ForwardBackward(model::Model& model) : model_(model) {}

  // What the model must execute with, and with a gradient buffer for every parameter.
  norm::Tape& tape() { return tape_; }

  // The logits; no gradient leads to the images.
  torch::Tensor forward(const torch::Tensor& images);
  // From the gradient of the logits that forward has just made.
  void backward(const torch::Tensor& gradient);

 private:
  model::Model& model_;
  norm::Tape tape_;
  std::vector<std::int64_t> chain_;  // the shape of images for which the model is known to be a chain
  bool plays_ = false;               // without autograd
  torch::Tensor logits_;
};

}  // namespace bnexp::train
