// What follows when workers crash: a signal, or an exit without a result.
#pragma once

#include <cstddef>
#include <set>
#include <string>

#include "train/result.h"

namespace bnexp::exec {

// A trial that crashes is tried once more, on a fresh worker, as the fault may be the machine's. A run ends when
// kMostInARow crashes follow one another, as the fault is then not a trial's.
class Crashes {
 public:
  static constexpr std::size_t kMostInARow = 5;

  // Counts a result. True if the trial should be tried again. Throws Error(environment) to end the run.
  bool retries(const std::string& trial, const train::TrialResult& result);

 private:
  std::set<std::string> retried_;
  std::size_t in_a_row_ = 0;
};

}  // namespace bnexp::exec
