// The processor time of a thread, from the operating system.
#pragma once

#include <cstdint>

#include "base/json.h"

namespace bnexp {

struct ThreadUsage {
  double wall_s = 0;
  double cpu_s = 0;                       // user and system
  std::int64_t voluntary_switches = 0;    // context switches by which it waited: for a file, a lock, a device
  std::int64_t involuntary_switches = 0;  // by which other work took the processor from it
};

// Of the calling thread, between two calls.
ThreadUsage operator-(const ThreadUsage& end, const ThreadUsage& start);
ThreadUsage thread_usage();

// {"wall_s", "cpu_s", "voluntary_switches", "involuntary_switches"}
Json to_json(const ThreadUsage& usage);
ThreadUsage thread_usage_from(const Json& json);  // throws Json::exception

}  // namespace bnexp
