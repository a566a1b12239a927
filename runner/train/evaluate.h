// How well a model does on a split.
#pragma once

#include <torch/torch.h>

#include "data/batches.h"
#include "model/model.h"

namespace bnexp::train {

// Of one trial: what turns bytes into the model's input.
struct Feed {
  data::Normalizer normalizer;
  model::Input input;
  torch::Device device;

  // Images [first, first + count) of a split, normalized.
  torch::Tensor images(const data::Split& split, std::int64_t first, std::int64_t count) const;
};

struct Score {
  double loss = 0;      // cross-entropy, mean over samples, without label smoothing
  double accuracy = 0;  // fraction
};

// In evaluation mode; the model's mode is put back. `samples` > 0.
Score evaluate(model::Model& model, const data::Split& split, const Feed& feed);

}  // namespace bnexp::train
