#include "exec/running_clock.h"

#include <signal.h>

#include <atomic>
#include <utility>

namespace bnexp::exec {
namespace {

std::atomic<int> continued{0};
static_assert(std::atomic<int>::is_always_lock_free);

void count_continuations() {
  struct sigaction action {};
  action.sa_handler = [](int) { ++continued; };
  action.sa_flags = SA_RESTART;
  sigaction(SIGCONT, &action, nullptr);
}

}  // namespace

RunningClock::RunningClock() : continued_(continued) {
  static const bool kInstalled = (count_continuations(), true);
  static_cast<void>(kInstalled);
}

double RunningClock::seconds() {
  const auto now = std::chrono::steady_clock::now();
  const int before = std::exchange(continued_, continued);
  if (before == continued_) sum_ += std::chrono::duration<double>(now - last_).count();
  last_ = now;
  return sum_;
}

}  // namespace bnexp::exec
