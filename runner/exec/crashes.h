// What follows when workers crash: a signal, or an exit without a result.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>

#include "base/error.h"
#include "exec/plan.h"
#include "train/result.h"

namespace bnexp::exec {

// A trial that crashes is tried once more, on a fresh worker, as the fault may be the machine's. A run ends when
// kMostInARow crashes follow one another, as the fault is then not a trial's.
class Crashes {
 public:
  static constexpr std::size_t kMostInARow = 5;

  // Counts a result. True if the trial should be tried again.
  bool retries(const PlannedTrial& trial, const train::TrialResult& result);

  bool end_the_run() const { return in_a_row_ >= kMostInARow; }
  // Error(environment); `why` is the last crash, `retry` the command that trains such trials again.
  static Error error(const std::string& why, const std::string& retry);
  // The crashes of trials that were to be tried again, and were not yet.
  const std::map<const PlannedTrial*, train::TrialResult>& untried() const { return untried_; }

 private:
  std::set<const PlannedTrial*> retried_;
  std::map<const PlannedTrial*, train::TrialResult> untried_;
  std::size_t in_a_row_ = 0;
};

}  // namespace bnexp::exec
