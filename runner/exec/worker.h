// A worker: a process that trains one trial after another, as its parent says.
#pragma once

#include <string>
#include <vector>

#include "exec/executor.h"

namespace bnexp::exec {

// The whole life of a worker process; returns its exit code. `descriptors` are what the parent appended to the
// worker's arguments: the channel, then one per data set.
int worker_main(const std::vector<std::string>& descriptors, const Train& train);

}  // namespace bnexp::exec
