// Loss and accuracy of a model on a split.
#pragma once

#include <torch/torch.h>

#include <functional>

#include "model/model.h"
#include "train/inputs.h"

namespace bnexp::train {

// The execution options of the trial's model.
model::Execution execution(const config::TrialSpec& spec, const norm::GradientBuffers* gradient_buffers = nullptr,
                           norm::Tape* tape = nullptr);

struct Score {
  double loss = 0;      // cross-entropy, mean over samples, without label smoothing; NaN or infinite where it is
  double accuracy = 0;  // fraction; a sample with a NaN among its logits counts as wrong
};

// Runs in evaluation mode, then restores the model's mode. The split must not be empty. `see` gets the logits (n,
// classes) of each batch, in the split's order; evaluation_batches() chooses the batches. Throws Error(usage) if no
// choice gives every norm more than one value per channel.
Score evaluate(model::Model& model, const data::Split& split, const Inputs& inputs,
               const std::function<void(const torch::Tensor& logits)>& see = {});

}  // namespace bnexp::train
