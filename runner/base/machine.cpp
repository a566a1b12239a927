#include "base/machine.h"

#include <fmt/format.h>
#include <sched.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

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

// The control group of this process in version 2's hierarchy or in version 1's of `controller`: the folder of the
// hierarchy, and the group's path in it.
std::pair<std::string, std::string> control_group(const std::string& controller) {
  std::ifstream lines("/proc/self/cgroup");
  std::string unified = "/";
  for (std::string line; std::getline(lines, line);) {
    // "4:cpu,cpuacct:/path" in version 1, "0::/path" in version 2
    const std::size_t names = line.find(':') + 1;
    const std::size_t path = line.find(':', names) + 1;
    const std::string controllers = fmt::format(",{},", line.substr(names, path - names - 1));
    if (controllers.find(fmt::format(",{},", controller)) != std::string::npos) {
      return {"/sys/fs/cgroup/" + controller, line.substr(path)};
    }
    if (line.starts_with("0::")) unified = line.substr(path);
  }
  return {"/sys/fs/cgroup", unified};
}

// The first numbers of a file; none where it isn't there, or for "max".
std::vector<double> numbers_in(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istream_iterator<double>(file), {}};
}

// Cores that one group's own quota leaves.
double own_quota(const std::filesystem::path& group) {
  const auto both = numbers_in(group / "cpu.max");  // version 2: "150000 100000", or "max 100000"
  if (both.size() == 2 && both[1] > 0) return both[0] / both[1];
  const auto allowed = numbers_in(group / "cpu.cfs_quota_us");  // version 1; -1 is none
  const auto period = numbers_in(group / "cpu.cfs_period_us");
  if (allowed.empty() || period.empty() || allowed[0] <= 0 || period[0] <= 0) return INFINITY;
  return allowed[0] / period[0];
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

std::optional<std::uint64_t> process_start(pid_t process) {
  std::string text;
  std::getline(std::ifstream(fmt::format("/proc/{}/stat", process)), text);
  // "pid (name) state ppid ...": the name may hold anything; the start is field 22.
  const auto name_end = text.rfind(')');
  if (name_end == std::string::npos) return {};
  std::istringstream fields(text.substr(name_end + 1));
  std::string state, skipped;
  fields >> state;
  for (int field = 4; field < 22; ++field) fields >> skipped;
  std::uint64_t start = 0;
  if (!(fields >> start) || state == "Z" || state == "X") return {};
  return start;
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

std::string kernel_choice(const std::string& cpu_model, bool is_bfloat16) {
  return is_bfloat16 ? cpu_model : cpu_model.substr(0, cpu_model.find(' '));
}

std::string os_name() {
  utsname names{};
  if (uname(&names) != 0) return "unknown";
  return fmt::format("{} {} {}", names.sysname, names.release, names.machine);
}

double core_quota(const std::filesystem::path& hierarchy, const std::filesystem::path& group) {
  double least = own_quota(hierarchy);  // a container sees its own group there, whatever the path says
  std::filesystem::path folder = hierarchy;
  for (const auto& part : group.relative_path()) {
    folder /= part;
    least = std::min(least, own_quota(folder));
  }
  return least;
}

int available_cores() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  const bool known = sched_getaffinity(0, sizeof allowed, &allowed) == 0;
  const int cores = known ? CPU_COUNT(&allowed) : static_cast<int>(std::thread::hardware_concurrency());
  const auto [hierarchy, group] = control_group("cpu");
  return std::max(1, static_cast<int>(std::min<double>(cores, std::ceil(core_quota(hierarchy, group)))));
}

std::int64_t memory_bytes() {
  return static_cast<std::int64_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<std::int64_t>(sysconf(_SC_PAGE_SIZE));
}

std::int64_t resident_bytes(pid_t process) {
  long total = 0, resident = 0;
  if (std::FILE* file = std::fopen(fmt::format("/proc/{}/statm", process).c_str(), "re")) {
    if (std::fscanf(file, "%ld %ld", &total, &resident) != 2) resident = 0;
    std::fclose(file);
  }
  return std::int64_t{resident} * sysconf(_SC_PAGESIZE);
}

double load_average() {
  double load = 0;
  return getloadavg(&load, 1) == 1 ? load : 0;
}

std::int64_t oom_kills() {
  const auto [hierarchy, path] = control_group("memory");
  const std::string group = hierarchy + path;
  for (const auto& file : {group + "/memory.events", group + "/memory.oom_control", std::string("/proc/vmstat")}) {
    if (const auto count = value_after(file, "oom_kill ")) return std::strtoll(count->c_str(), nullptr, 10);
  }
  return 0;
}

}  // namespace bnexp
