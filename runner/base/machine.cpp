#include "base/machine.h"

#include <fmt/format.h>
#include <sched.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <system_error>
#include <thread>

#include "base/hash.h"

namespace bnexp {
namespace {

// The rest of the first line of `file` that starts with `key`.
std::optional<std::string> value_after(const std::string& file, const std::string& key) {
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(key)) return line.substr(key.size());
  }
  return std::nullopt;
}

// The folder of this process's control group in version 2's hierarchy, or in version 1's hierarchy of `controller`.
std::string group_folder(const std::string& controller) {
  std::ifstream lines("/proc/self/cgroup");
  std::string unified;
  for (std::string line; std::getline(lines, line);) {
    const auto marker = ":" + controller + ":";
    if (const auto found = line.find(marker); found != std::string::npos) {
      return "/sys/fs/cgroup/" + controller + line.substr(found + marker.size());
    }
    if (line.starts_with("0::")) unified = "/sys/fs/cgroup" + line.substr(3);
  }
  return unified;
}

// Cores of the control group's quota ("max 100000" is none), or infinity.
double quota() {
  std::ifstream file(group_folder("cpu") + "/cpu.max");
  double allowed = 0;
  double period = 0;
  return file >> allowed >> period && period > 0 ? allowed / period : INFINITY;
}

}  // namespace

std::string host_name() {
  utsname names{};
  return uname(&names) == 0 ? names.nodename : "unknown";
}

std::string process_space() {
  std::string boot;
  std::getline(std::ifstream("/proc/sys/kernel/random/boot_id"), boot);
  std::error_code ignored;
  const auto names = std::filesystem::read_symlink("/proc/self/ns/pid", ignored);
  return sha256_hex(fmt::format("{} {} {}", host_name(), boot, names.string())).substr(0, 12);
}

bool has_fast_bfloat16(const std::string& cpuinfo) {
  std::istringstream words(cpuinfo);
  return std::any_of(
      std::istream_iterator<std::string>(words), std::istream_iterator<std::string>(),
      [](const std::string& word) { return word == "avx512_bf16" || word == "amx_bf16" || word == "bf16"; });
}

bool has_fast_bfloat16() {
  std::ifstream file("/proc/cpuinfo");
  return has_fast_bfloat16(std::string(std::istreambuf_iterator<char>(file), {}));
}

std::string cpu_model() {
  const auto line = value_after("/proc/cpuinfo", "model name");
  const auto start = line ? line->find_first_not_of("\t :") : std::string::npos;
  return start == std::string::npos ? "unknown" : line->substr(start);
}

std::string os_name() {
  utsname names{};
  if (uname(&names) != 0) return "unknown";
  return fmt::format("{} {} {}", names.sysname, names.release, names.machine);
}

int available_cores() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  const bool known = sched_getaffinity(0, sizeof allowed, &allowed) == 0;
  const int cores = known ? CPU_COUNT(&allowed) : static_cast<int>(std::thread::hardware_concurrency());
  return std::max(1, static_cast<int>(std::min<double>(cores, std::ceil(quota()))));
}

std::int64_t memory_bytes() {
  return static_cast<std::int64_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<std::int64_t>(sysconf(_SC_PAGE_SIZE));
}

double load_average() {
  double load = 0;
  return getloadavg(&load, 1) == 1 ? load : 0;
}

std::int64_t oom_kills() {
  const std::string group = group_folder("memory");
  for (const auto& file : {group + "/memory.events", group + "/memory.oom_control", std::string("/proc/vmstat")}) {
    if (const auto count = value_after(file, "oom_kill ")) return std::strtoll(count->c_str(), nullptr, 10);
  }
  return 0;
}

}  // namespace bnexp
