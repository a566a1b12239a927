// Checks that a norm gets enough values from each batch of a trial, by running it on batches of these sizes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "config/settings/spec.h"
#include "config/suite/suite.h"
#include "data/dataset.h"
#include "model/model.h"

namespace bnexp::train {

// Whether `norm`, in its current mode, refuses a batch of `samples` in `slot` because a channel gets only one value.
bool needs_more_values(norm::Norm& norm, const norm::Slot& slot, std::int64_t samples);

// Why the trial can't train or evaluate on some of its batches; nullopt if it can. Runs the norm on zeros.
std::optional<config::Finding> refused_batch(const config::TrialSpec& spec, const data::Counts& images);

}  // namespace bnexp::train
