// How well a model does on a split.
#pragma once

#include <torch/torch.h>

#include <functional>
#include <memory>

#include "config/settings/spec.h"
#include "data/batches.h"
#include "model/model.h"
#include "train/resident.h"

namespace bnexp::train {

// Of one trial: what turns bytes into the model's input.
struct Feed {
  data::Normalizer normalizer;
  model::Input input;
  torch::Device device;
  torch::ScalarType dtype = torch::kFloat;
  std::shared_ptr<const Resident> resident;  // null on a CPU

  // Images [first, first + count) of a split, normalized.
  torch::Tensor images(const data::Split& split, std::int64_t first, std::int64_t count) const;
};

// How the trial's model executes.
model::Execution execution(const config::TrialSpec& spec, const norm::Sinks* sinks = nullptr,
                           norm::Tape* tape = nullptr);

struct Score {
  double loss = 0;      // cross-entropy, mean over samples, without label smoothing
  double accuracy = 0;  // fraction
};

Feed make_feed(const config::TrialSpec& spec, const data::Dataset& data);

// In evaluation mode; the model's mode is put back. The split isn't empty. `see` gets the logits (n, classes) of each
// batch, in the split's order.
Score evaluate(model::Model& model, const data::Split& split, const Feed& feed,
               const std::function<void(const torch::Tensor& logits)>& see = {});

}  // namespace bnexp::train
