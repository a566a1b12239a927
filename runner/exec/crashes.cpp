#include "exec/crashes.h"

#include <fmt/format.h>

namespace bnexp::exec {

bool Crashes::retries(const PlannedTrial& trial, const train::TrialResult& result) {
  untried_.erase(&trial);
  if (result.status != train::Status::crashed) {
    in_a_row_ = 0;
    return false;
  }
  ++in_a_row_;
  if (end_the_run() || !retried_.insert(&trial).second) return false;
  untried_.emplace(&trial, result);
  return true;
}

Error Crashes::error(const std::string& why, const std::string& retry) {
  return environment_error(
      fmt::format("{} workers crashed one after another, and no trial finished in between; the last one: {}",
                  kMostInARow, why),
      fmt::format("these trials have their records; look for the reason with `{0} --executor inline`, or try them with "
                  "one worker: `{0} --jobs 1`",
                  retry));
}

}  // namespace bnexp::exec
