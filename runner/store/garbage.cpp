#include "store/garbage.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <optional>
#include <set>
#include <system_error>

#include "base/files.h"
#include "store/leases.h"

namespace bnexp::store {
namespace fs = std::filesystem;
namespace {

void for_each_file(const fs::path& folder, const std::function<void(const fs::path&)>& see) {
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    see(entry->path());
  }
  if (error && error != std::errc::no_such_file_or_directory) throw file_error("read", folder, error.value());
}

std::uint64_t size_of(const fs::path& file) {
  std::error_code ignored;
  const auto size = fs::file_size(file, ignored);
  return ignored ? 0 : size;
}

}  // namespace

std::vector<Garbage> garbage(const Store& store, bool unplanned) {
  std::vector<Garbage> found;
  const auto add = [&](const fs::path& file, const std::string& why) { found.push_back({file, why, size_of(file)}); };
  std::optional<std::set<std::string>> planned;
  if (const auto plan = unplanned ? store.required_manifest() : store.manifest().value) {
    planned.emplace();
    for (const auto& trial : plan->trials) planned->insert(trial.trial);
  }
  const auto is_unplanned = [&](const std::string& trial) { return planned && !planned->contains(trial); };
  for (const char* room : {"", "records", "weights", "checkpoints", "leases"}) {
    for_each_file(store.folder() / room, [&](const fs::path& file) {
      if (is_leftover(file)) add(file, "a temporary file of a process that is gone");
    });
  }
  std::set<std::string> held;
  for (const auto& lease : Leases(store.folder()).all()) {
    if (lease.expired) add(lease_file(store.folder(), lease.trial), "a lease that has expired");
    if (!lease.expired) held.insert(lease.trial);
  }
  for (const auto& trial : store.checkpoints()) {
    if (held.contains(trial)) continue;
    const auto record = store.find(trial);
    const bool is_finished = record && train::is_final(record->result.status);
    const fs::path file = checkpoint_file(store.folder(), trial);
    if (is_finished) add(file, "a checkpoint of a finished trial");
    if (!is_finished && is_unplanned(trial)) add(file, "a checkpoint of a trial that is not in the plan");
  }
  if (!unplanned) return found;
  for (const char* room : {"records", "weights"}) {
    for_each_file(store.folder() / room, [&](const fs::path& file) {
      const std::string extension = file.extension();
      if (file.filename().string().starts_with('.') || (extension != ".json" && extension != ".safetensors")) return;
      if (is_unplanned(file.stem())) add(file, "of a trial that is not in the plan");
    });
  }
  return found;
}

void remove(const std::vector<Garbage>& files) {
  for (const auto& one : files) {
    if (unlink(one.file.c_str()) != 0 && errno != ENOENT) throw file_error("remove", one.file, errno);
  }
}

}  // namespace bnexp::store
