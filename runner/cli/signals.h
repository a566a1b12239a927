// Signals that ask a run to stop.
#pragma once

#include <signal.h>

#include <array>

#include "exec/stop.h"

namespace bnexp::cli {

// During its lifetime Ctrl-C (SIGINT), SIGTERM, SIGHUP of a closed terminal, SIGXCPU of a CPU limit, SIGALRM of a timer
// that the caller has set, and SIGUSR1 and SIGUSR2, a scheduler's warnings, request a `stop`. A signal that the caller
// ignores, as nohup does, stays ignored. Before and after, these signals end the process. SIGVTALRM and SIGPROF do
// always: only profilers use them, with handlers of their own.
class StopOnSignals {
 public:
  enum class Second { asks_again, ends_process };

  explicit StopOnSignals(exec::Stop& stop, Second second = Second::asks_again);
  ~StopOnSignals();
  StopOnSignals(const StopOnSignals&) = delete;
  StopOnSignals& operator=(const StopOnSignals&) = delete;

 private:
  static constexpr std::array kSignals{SIGINT, SIGTERM, SIGHUP, SIGXCPU, SIGALRM, SIGUSR1, SIGUSR2};

  std::array<struct sigaction, kSignals.size()> before_{};
};

}  // namespace bnexp::cli
