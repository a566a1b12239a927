// Times of two stores, compared where they are comparable.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "analysis/matching.h"
#include "stats/estimate.h"

namespace bnexp::analysis {

struct ArmTimes {
  const ArmPair* arms = nullptr;
  stats::Estimate a;  // seconds per trial
  stats::Estimate b;
  stats::Estimate log_ratio;  // natural logarithm of b's time over a's, paired by seed
};

// Of trials that ended ok in both stores: the same arm and seed, neither on a busy machine, and both on machines of
// the same CPU and number of cores (and GPU), with as many jobs and threads.
struct TimeChanges {
  std::vector<ArmTimes> arms;  // those with such a trial
  stats::Estimate log_ratio;   // over all such trials
  std::size_t trials = 0;      // that ended ok in both
  std::size_t busy_a = 0;      // of these, on a busy machine, or on one of which the record does not say
  std::size_t busy_b = 0;
  std::vector<std::string> unlike;  // what differs between the machines: "CPU", "jobs"
  bool same_runs = false;           // all records are of the same runs, their times included
};

TimeChanges time_changes(const std::vector<ArmPair>& pairs);

}  // namespace bnexp::analysis
