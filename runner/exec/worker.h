// A worker: a process that trains one trial after another, controlled by its parent.
#pragma once

#include "exec/executor.h"

namespace bnexp::exec {

// The socket to the parent, in every worker.
inline constexpr int kChannelDescriptor = 3;

// Exit code of a worker that has run out of memory and can't report it otherwise (EX_OSERR of sysexits.h), and the text
// of Child::end() for it.
inline constexpr int kOutOfMemoryCode = 71;
inline constexpr const char* kOutOfMemory = "out of memory";

// Runs a worker process. Throws std::bad_alloc.
void worker_main(const Training& training);

}  // namespace bnexp::exec
