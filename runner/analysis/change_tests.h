// The tests of what changed between two stores, arm by arm.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "analysis/changes.h"

namespace bnexp::analysis {

using TrialsBySeed = std::map<std::int64_t, const Trial*>;

// Those that are ok or failed.
TrialsBySeed ended_trials(const Arm& arm);

// Compares the arms of each of `all.arms`, of which `same_bits` are known to have the same values. The verdicts are
// right together with probability stats::kConfidence.
void judge_changes(Changes& all, const std::vector<bool>& same_bits);

}  // namespace bnexp::analysis
