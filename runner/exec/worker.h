// A worker: a process that trains one trial after another, as its parent says.
#pragma once

#include "exec/executor.h"

namespace bnexp::exec {

// The socket to the parent, in every worker.
inline constexpr int kChannelDescriptor = 3;

// Exit code of a worker that had no memory left for anything but to say so (EX_OSERR of sysexits.h), and how
// Child::end() words it.
inline constexpr int kOutOfMemoryCode = 71;
inline constexpr const char* kOutOfMemory = "out of memory";

// The whole life of a worker process. Throws std::bad_alloc.
void worker_main(const Training& training);

}  // namespace bnexp::exec
