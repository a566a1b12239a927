#include "store/leases.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <random>
#include <system_error>
#include <utility>

#include "base/descriptor.h"
#include "base/files.h"
#include "base/machine.h"
#include "base/time.h"
#include "base/write_all.h"

namespace bnexp::store {
namespace fs = std::filesystem;
namespace {

constexpr const char* kFolder = "leases";
constexpr const char* kEnding = ".json";

// Different in every call, on every machine.
std::string new_token() {
  static std::atomic<std::uint64_t> counter{0};
  static const std::uint64_t start = [] {
    std::random_device device;
    return (static_cast<std::uint64_t>(device()) << 32) | device();
  }();
  return fmt::format("{:016x}-{}-{}", start, getpid(), counter++);
}

// As the tools of Slurm, PBS and LSF take it. A pod of Kubernetes has its name as the host's.
std::string job_id() {
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value == nullptr ? "" : value);
  };
  if (const auto array = variable("SLURM_ARRAY_JOB_ID"); !array.empty()) {
    return array + "_" + variable("SLURM_ARRAY_TASK_ID");
  }
  if (const auto job = variable("LSB_JOBID"); !job.empty()) {
    const auto index = variable("LSB_JOBINDEX");  // 0 outside of an array
    return index.empty() || index == "0" ? job : job + "[" + index + "]";
  }
  for (const char* name : {"SLURM_JOB_ID", "PBS_JOBID"}) {
    if (auto job = variable(name); !job.empty()) return job;
  }
  return "";
}

Holder this_process() {
  static const std::string host = host_name(), space = process_space();
  return {.host = host,
          .space = space,
          .pid = getpid(),
          .started = process_start(getpid()).value_or(0),
          .job = job_id(),
          .since = utc_text(std::chrono::system_clock::now()),
          .token = new_token(),
          .expires_s = kLeaseSeconds};
}

std::optional<Holder> holder_in(const std::optional<std::string>& text) {
  const auto json = text ? parse_json(*text) : std::nullopt;
  if (!json) return {};
  try {
    return Holder{.host = json->at("host"),
                  .space = json->at("space"),
                  .pid = json->at("pid"),
                  .started = json->at("started"),
                  .job = json->at("job"),
                  .since = json->at("since"),
                  .token = json->at("token"),
                  .expires_s = json->at("expires_s"),
                  .step = json->value("step", std::int64_t{0}),
                  .steps = json->value("steps", std::int64_t{0})};
  } catch (const Json::exception&) {
    return {};
  }
}

// Nobody's lease where the file is gone or can't be read any more.
std::optional<Holder> read_holder(const fs::path& file) {
  try {
    return holder_in(read_whole(file));
  } catch (const Error&) {
    return {};
  }
}

bool is_in_this_space(const Holder& holder) {
  static const std::string space = process_space();
  return holder.space == space;
}

bool is_dead(const Holder& holder) { return is_in_this_space(holder) && process_start(holder.pid) != holder.started; }

}  // namespace

Json to_json(const Holder& holder) {
  return {{"host", holder.host}, {"space", holder.space}, {"pid", holder.pid},     {"started", holder.started},
          {"job", holder.job},   {"since", holder.since}, {"token", holder.token}, {"expires_s", holder.expires_s},
          {"step", holder.step}, {"steps", holder.steps}};
}

fs::path lease_file(const fs::path& store, const std::string& trial) { return store / kFolder / (trial + kEnding); }

bool is_held_by(pid_t process, const fs::path& lease) {
  const auto holder = read_holder(lease);
  return holder && is_in_this_space(*holder) && holder->pid == process && process_start(process) == holder->started;
}

Lease::Lease(fs::path file, std::string token) : file_(std::move(file)), token_(std::move(token)), owner_(getpid()) {}

Lease::Lease(Lease&& other) noexcept
    : file_(std::exchange(other.file_, {})), token_(std::move(other.token_)), owner_(other.owner_) {}

Lease& Lease::operator=(Lease&& other) noexcept {
  std::swap(file_, other.file_);
  std::swap(token_, other.token_);
  std::swap(owner_, other.owner_);
  return *this;
}

Lease::~Lease() { give_back(); }

void Lease::give_back() noexcept {
  if (!file_.empty() && owner_ == getpid() && state() == State::held) unlink(file_.c_str());
}

Lease::State Lease::state() const {
  const auto holder = read_holder(file_);
  if (!holder) return State::gone;
  return holder->token == token_ ? State::held : State::taken;
}

// Writes through a descriptor of the file that holds this lease's token: never into the lease of another process, which
// is another file.
Lease::State Lease::touch(std::int64_t step, std::int64_t steps) const {
  const Descriptor file(::open(file_.c_str(), O_RDWR | O_CLOEXEC));
  if (!file) return State::gone;
  std::string text(4096, '\0');
  const ssize_t size = pread(file.get(), text.data(), text.size(), 0);
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
  auto holder = holder_in(text);
  if (!holder) return State::gone;
  if (holder->token != token_) return State::taken;
  holder->step = step;
  holder->steps = steps;
  const std::string line = to_line(to_json(*holder));
  const bool written = pwrite(file.get(), line.data(), line.size(), 0) == static_cast<ssize_t>(line.size()) &&
                       ftruncate(file.get(), static_cast<off_t>(line.size())) == 0;
  return written && futimens(file.get(), nullptr) == 0 ? State::held : State::gone;
}

Leases::Leases(const fs::path& folder, double expires_s)
    : folder_(folder / kFolder), clock_(temporary_for(folder_ / "clock")), expires_s_(expires_s) {}

Leases::~Leases() { unlink(clock_.c_str()); }

fs::path Leases::file_of(const std::string& trial) const { return folder_ / (trial + kEnding); }

std::optional<Lease> Leases::create(const std::string& trial) const {
  const fs::path file = file_of(trial);
  constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
  Descriptor descriptor(::open(file.c_str(), kFlags, 0666));
  if (!descriptor && errno == ENOENT) {
    std::error_code error;
    fs::create_directory(folder_, error);
    if (error) throw file_error("create", folder_, error.value());
    descriptor = Descriptor(::open(file.c_str(), kFlags, 0666));
  }
  if (!descriptor) {
    if (errno == EEXIST) return {};
    throw file_error("create", file, errno);
  }
  Holder holder = this_process();
  holder.expires_s = expires_s_;
  if (const int failure = write_all(descriptor.get(), to_line(to_json(holder)))) {
    unlink(file.c_str());
    throw file_error("write", file, failure);
  }
  return Lease(file, holder.token);
}

std::optional<Lease> Leases::take(const std::string& trial) {
  for (int attempt = 0; attempt < 3; ++attempt) {
    if (auto lease = create(trial)) return lease;
    const auto held = look(trial, now());
    if (!held) continue;  // given back in the meantime
    if (!held->expired || !take_away(trial, *held)) return {};
  }
  return {};
}

// Two processes may find a lease expired at the same time. The slower one may then rename the lease that the faster one
// has made since: it puts it back.
bool Leases::take_away(const std::string& trial, const HeldLease& expired) const {
  const fs::path file = file_of(trial);
  const fs::path aside = temporary_for(file);
  if (rename(file.c_str(), aside.c_str()) != 0) return errno == ENOENT;
  const auto taken = read_holder(aside);
  const bool is_right = expired.holder ? taken && taken->token == expired.holder->token : !taken;
  if (!is_right) static_cast<void>(link(aside.c_str(), file.c_str()) != 0);
  unlink(aside.c_str());
  return is_right;
}

std::optional<HeldLease> Leases::look(const std::string& trial, double now) {
  const fs::path file = file_of(trial);
  struct stat status {};
  if (stat(file.c_str(), &status) != 0) return {};
  HeldLease held{.trial = trial, .holder = read_holder(file), .age_s = std::max(0.0, now - modified_s(status))};
  const double limit = held.holder ? held.holder->expires_s : expires_s_;
  held.expired = held.age_s > limit || (held.holder && is_dead(*held.holder));
  return held;
}

std::vector<HeldLease> Leases::all() {
  std::vector<HeldLease> found;
  std::error_code error;
  std::optional<double> at;
  for (fs::directory_iterator entry(folder_, error), end; !error && entry != end; entry.increment(error)) {
    const fs::path& path = entry->path();
    if (path.extension() != kEnding || path.filename().string().starts_with('.')) continue;
    if (!at) at = now();
    if (auto held = look(path.stem().string(), *at)) found.push_back(std::move(*held));
  }
  if (error && error != std::errc::no_such_file_or_directory) throw file_error("read", folder_, error.value());
  std::ranges::sort(found, {}, &HeldLease::trial);
  return found;
}

void Leases::sweep() {
  for (const auto& lease : all()) {
    if (lease.expired) take_away(lease.trial, lease);
  }
}

// By the file system's clock. Where the folder can't be written, by this machine's.
double Leases::now() {
  const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
  return touch(clock_).value_or(std::chrono::duration<double>(since_1970).count());
}

}  // namespace bnexp::store
