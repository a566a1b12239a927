// The context of a number: machine, versions and build.
#pragma once

#include <string>

#include "base/json.h"
#include "base/thread_usage.h"

namespace bnexp::store {

// {"bnexp": version, "git": revision or null, "dirty": bool or null, "compiler", "flags", "build_type", "libtorch",
//  "isa": what LibTorch dispatches to, "threads": per trial, "cpu": model name, "cores", "memory_bytes", "os", "jobs",
//  "load": 1-minute load average at the start}. "git" and "dirty" are those of the sources that bnexp was built from.
// libtorch and isa come from the caller, as this room is free of LibTorch.
Json context(const std::string& libtorch, const std::string& isa, int jobs);

// The context's "contended": other work took the processor from the thread that trained (or measured), so that its
// times are not those of an idle machine. It lost more than kLostTime of its wall time, and most of its waits began
// with an involuntary context switch: with a file, a device or a stop, they begin with a voluntary one. Work that only
// slows memory or a sibling hardware thread down is not noticed.
inline constexpr double kLostTime = 0.05;
bool is_contended(const ThreadUsage& usage);

}  // namespace bnexp::store
