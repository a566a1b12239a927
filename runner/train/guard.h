// Converts exceptions of a training run into the trial's result. Free of LibTorch.
#pragma once

#include <functional>
#include <string>

#include "base/json.h"
#include "data/dataset.h"
#include "train/result.h"
#include "train/trainer.h"

namespace bnexp::train {

// Trains with these callbacks and returns the result, or throws.
using Attempt = std::function<TrialResult(const Callbacks& callbacks)>;

// The result of `attempt`. An exception becomes a result: `oom` if memory ran out (std::bad_alloc, or LibTorch's
// out-of-memory errors), else `failed`, with the message and the hint of an Error. Such a result has the step, history
// and metrics that train::run gave to Callbacks::partial, and always has `data` and `timing` (started_at, wall_s).
// `settings` is a config::TrialSpec's JSON, of which only the size of the validation split is read.
TrialResult guarded(const Attempt& attempt, const Json& settings, const data::Dataset& data,
                    const Callbacks& callbacks);

// The result of a trial whose process is gone; it started `wall_s` seconds ago.
TrialResult unreported(Status status, Failure failure, const Json& settings, const data::Dataset& data, double wall_s);

// A record's "data": {"name", "sha256", "train", "validation", "test"}, with image counts.
Json data_summary(const data::Dataset& data, std::int64_t validation);

}  // namespace bnexp::train
