// The time that counts for a time limit.
#pragma once

#include <chrono>

namespace bnexp::exec {

// Wall time without the time while this process was stopped (Ctrl-Z, SIGSTOP). The time between two readings is left
// out if the process was continued (SIGCONT) in between, so read it at least once per second.
class RunningClock {
 public:
  RunningClock();
  double seconds();  // since construction

 private:
  double sum_ = 0;
  int continued_;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

}  // namespace bnexp::exec
