#include "base/thread_usage.h"

#include <sys/resource.h>

#include <chrono>

namespace bnexp {
namespace {

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

}  // namespace

ThreadUsage operator-(const ThreadUsage& end, const ThreadUsage& start) {
  return {end.wall_s - start.wall_s, end.cpu_s - start.cpu_s, end.voluntary_switches - start.voluntary_switches,
          end.involuntary_switches - start.involuntary_switches};
}

ThreadUsage thread_usage() {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return {std::chrono::duration<double>(now).count(), seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime),
          usage.ru_nvcsw, usage.ru_nivcsw};
}

Json to_json(const ThreadUsage& usage) {
  return {{"wall_s", usage.wall_s},
          {"cpu_s", usage.cpu_s},
          {"voluntary_switches", usage.voluntary_switches},
          {"involuntary_switches", usage.involuntary_switches}};
}

ThreadUsage thread_usage_from(const Json& json) {
  return {json.at("wall_s"), json.at("cpu_s"), json.at("voluntary_switches"), json.at("involuntary_switches")};
}

}  // namespace bnexp
