// A worker: a process that trains one trial after another, as its parent says.
#pragma once

#include "exec/executor.h"

namespace bnexp::exec {

// The socket to the parent, in every worker.
inline constexpr int kChannelDescriptor = 3;

// The whole life of a worker process.
void worker_main(const ExecutorOptions& options) noexcept;

}  // namespace bnexp::exec
