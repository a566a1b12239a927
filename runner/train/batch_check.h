// Checks that a norm gets enough values from each batch of a trial, by running it on batches of these sizes.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "config/settings/spec.h"
#include "config/suite/suite.h"
#include "data/dataset.h"
#include "model/model.h"

namespace bnexp::train {

// Whether `norm`, in its current mode, refuses a batch of `samples` in `slot` because a channel gets only one value.
bool needs_more_values(norm::Norm& norm, const norm::Slot& slot, std::int64_t samples);

// The sizes of the batches, of about `size`, in which `images` images are evaluated when `takes` says which sizes
// every norm takes: all of `size`, and the rest. A last batch of one joins the one before it where that is taken;
// otherwise a size that is refused gives two images, or a few more, to a batch of their own. nullopt: no such sizes.
std::optional<std::vector<std::int64_t>> evaluation_batches(std::int64_t images, std::int64_t size,
                                                            const std::function<bool(std::int64_t size)>& takes);

// The same for the model's norms, in their current mode.
std::optional<std::vector<std::int64_t>> evaluation_batches(const model::Model& model, std::int64_t images,
                                                            std::int64_t size);

// Why the trial can't train or evaluate on some of its batches; nullopt if it can. Runs the norm on zeros.
std::optional<config::Finding> refused_batch(const config::TrialSpec& spec, const data::Counts& images);

}  // namespace bnexp::train
