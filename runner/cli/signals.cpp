#include "cli/signals.h"

#include <cstddef>

namespace bnexp::cli {
namespace {

exec::Stop* asked_to_stop = nullptr;

}  // namespace

StopOnSignals::StopOnSignals(exec::Stop& stop, Second second) {
  asked_to_stop = &stop;
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    if (sigaction(kSignals[i], nullptr, &before_[i]) != 0 || before_[i].sa_handler == SIG_IGN) continue;
    struct sigaction action {};
    action.sa_handler = [](int signal) { asked_to_stop->request(signal); };
    action.sa_flags = SA_RESTART | (second == Second::ends_process ? static_cast<int>(SA_RESETHAND) : 0);
    sigaction(kSignals[i], &action, nullptr);
  }
}

StopOnSignals::~StopOnSignals() {
  for (std::size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &before_[i], nullptr);
}

}  // namespace bnexp::cli
