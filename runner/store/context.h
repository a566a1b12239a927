// The context of a number: machine, versions and build.
#pragma once

#include <string>

#include "base/json.h"

namespace bnexp::store {

// {"bnexp": version, "git": revision or null, "dirty": bool or null, "compiler", "flags", "build_type", "libtorch",
//  "isa": what LibTorch dispatches to, "threads": per trial, "cpu": model name, "cores", "memory_bytes", "os", "jobs",
//  "load": 1-minute load average at the start, "contended": load above the cores not used by this run, with
//  half a core to spare}. "git" and "dirty" are those of the sources that bnexp was built from.
// libtorch and isa come from the caller, as this room is free of LibTorch.
Json context(const std::string& libtorch, const std::string& isa, int jobs);

}  // namespace bnexp::store
