// Folding: a norm that is a fixed scale and shift per channel in evaluation becomes part of the layer before it,
//   W' = scale * W per output, b' = scale * b + shift,  for batch norm scale = gamma / sqrt(var + eps),
//   shift = beta - scale * mean.
// Slide 12 folds only if a Sequential's direct children are a convolution and a norm, which its own network does not
// have. It also takes a linear layer's weight for a kernel, does not check that the norm is in evaluation mode, and
// fails on norms without gamma or running statistics. Here the autograd graph of one forward says which norm reads
// which layer's output, and whether anything else does. It can't see what is read without autograd (detach).
#pragma once

#include <torch/torch.h>

#include <string>
#include <vector>

#include "model/model.h"

namespace bnexp::model {

struct FoldReport {
  struct Folded {
    std::string norm;   // the slot's name
    std::string layer;  // that it was folded into
  };
  struct Refused {
    std::string norm;
    std::string reason;  // a sentence without its end
  };
  std::vector<Folded> folded;
  std::vector<Refused> refused;
};

// Folds what can be folded, in place; the model's evaluation stays the same up to rounding. `images`: one or more model
// inputs, on the model's device and of its dtype. The model must not be observed afterwards.
FoldReport fold(Model& model, const torch::Tensor& images);

}  // namespace bnexp::model
