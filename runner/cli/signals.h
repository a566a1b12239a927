// Signals that ask a run to stop.
#pragma once

#include "exec/stop.h"

namespace bnexp::cli {

// Installs handlers: Ctrl-C (SIGINT), SIGTERM, SIGHUP of a closed terminal, SIGXCPU of a CPU limit and SIGUSR1, a
// scheduler's warning, request a `stop`. A signal that the caller ignores, as nohup does, stays ignored.
void stop_on_signals(exec::Stop& stop);

}  // namespace bnexp::cli
