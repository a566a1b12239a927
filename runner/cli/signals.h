// Signals that ask a run to stop.
#pragma once

#include "exec/stop.h"

namespace bnexp::cli {

// From now on Ctrl-C (SIGINT), SIGTERM, SIGHUP of a closed terminal, SIGXCPU of a CPU limit and SIGUSR1, a scheduler's
// warning, ask `stop`. One that the caller has set to be ignored, as nohup does, stays ignored.
void stop_on_signals(exec::Stop& stop);

}  // namespace bnexp::cli
