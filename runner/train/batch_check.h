// Whether a norm gets enough values from each batch of a trial. A norm says so itself, when it is run on a batch.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "config/settings/spec.h"
#include "config/suite/suite.h"
#include "data/dataset.h"
#include "model/model.h"

namespace bnexp::train {

// Whether `norm`, in its present mode, refuses a batch of `samples` in `slot` because a channel gets only one value.
bool needs_more_values(norm::Norm& norm, const norm::Slot& slot, std::int64_t samples);

// Why the trial can't train on some of its batches, or not evaluate on some; nullopt when it can. Runs the norm on
// zeros.
std::optional<config::Finding> refused_batch(const config::TrialSpec& spec, const data::Counts& images);

}  // namespace bnexp::train
