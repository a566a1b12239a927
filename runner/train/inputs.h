// Converts a data set's bytes into the model's input, for one trial.
#pragma once

#include <torch/torch.h>

#include <memory>

#include "config/settings/spec.h"
#include "data/batches.h"
#include "model/input.h"
#include "train/resident.h"

namespace bnexp::train {

struct Inputs {
  data::Normalizer normalizer;
  model::Input shape;
  torch::Device device;
  torch::ScalarType dtype = torch::kFloat;
  std::int64_t evaluation_batch = 64;
  std::shared_ptr<const Resident> resident;  // null on a CPU

  // Images [first, first + count) of a split, normalized.
  torch::Tensor images(const data::Split& split, std::int64_t first, std::int64_t count) const;
};

// The number of images that the trial evaluates at once.
std::int64_t evaluation_batch(const config::TrialSpec& spec);

Inputs make_inputs(const config::TrialSpec& spec, const data::Dataset& data);

}  // namespace bnexp::train
