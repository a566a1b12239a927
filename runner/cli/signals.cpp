#include "cli/signals.h"

#include <signal.h>

namespace bnexp::cli {
namespace {

exec::Stop* asked_to_stop = nullptr;

}  // namespace

void stop_on_signals(exec::Stop& stop) {
  asked_to_stop = &stop;
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGXCPU, SIGUSR1}) {
    struct sigaction action {};
    if (sigaction(number, nullptr, &action) != 0 || action.sa_handler == SIG_IGN) continue;
    action = {};
    action.sa_handler = [](int) { asked_to_stop->request(); };
    sigaction(number, &action, nullptr);
  }
}

}  // namespace bnexp::cli
