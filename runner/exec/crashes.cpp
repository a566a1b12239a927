#include "exec/crashes.h"

#include <fmt/format.h>

#include "base/error.h"

namespace bnexp::exec {

bool Crashes::retries(const std::string& trial, const train::TrialResult& result) {
  if (result.status != train::Status::crashed) {
    in_a_row_ = 0;
    return false;
  }
  if (++in_a_row_ == kMostInARow) {
    throw environment_error(
        fmt::format("{} workers crashed one after another, and no trial finished in between; the last one: {}",
                    kMostInARow, result.failure ? result.failure->message : "no reason is known"),
        "look for the reason with `bnexp run CONFIG --executor inline`, or try less --jobs; finished trials are kept");
  }
  return retried_.insert(trial).second;
}

}  // namespace bnexp::exec
