// Folding: a norm that evaluation leaves a fixed scale and shift per channel becomes part of the layer before it,
//   W' = scale * W per output, b' = scale * b + shift,  for batch norm scale = gamma / sqrt(var + eps),
//   shift = beta - scale * mean.
// Slide 12 folds only where a Sequential's direct children are a convolution and a norm, which is nowhere in its own
// network, takes a linear layer's weight for a kernel, doesn't ask whether the norm is in evaluation mode, and fails on
// norms without gamma or without running statistics. Here the autograd graph of one forward says which norm reads which
// layer's output, and whether anything else does; what is read behind autograd's back (detach) it can't see.
#pragma once

#include <torch/torch.h>

#include <string>
#include <vector>

#include "model/model.h"

namespace bnexp::model {

struct FoldReport {
  struct Folded {
    std::string norm;   // the slot's name
    std::string layer;  // that took it in
  };
  struct Refused {
    std::string norm;
    std::string reason;  // a sentence without its end
  };
  std::vector<Folded> folded;
  std::vector<Refused> refused;
};

// Folds what can be folded, in place; the model's evaluation stays the same up to rounding. `images`: one or more, as
// the model takes them. The model must be on their device and of their dtype. Nobody observes it afterwards.
FoldReport fold(Model& model, const torch::Tensor& images);

}  // namespace bnexp::model
