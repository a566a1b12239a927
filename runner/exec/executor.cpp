#include "exec/executor.h"

#include <fmt/format.h>

#include <filesystem>
#include <limits>
#include <system_error>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "base/machine.h"
#include "base/registry.h"
#include "base/text.h"
#include "store/record.h"
#include "train/guard.h"

namespace bnexp::exec {
namespace {

Registry<ExecutorEntry>& executors() {
  static Registry<ExecutorEntry> registry;
  return registry;
}

const ExecutorEntry& entry_of(const std::string& name) {
  const auto* entry = executors().find(name);
  if (entry != nullptr) return *entry;
  throw usage_error(fmt::format("unknown executor '{}'", name), "valid: " + join(executor_names(), ", "));
}

}  // namespace

void add_executor(const std::string& name, ExecutorEntry entry) { executors().add(name, std::move(entry)); }

std::vector<std::string> executor_names() { return executors().names(); }

bool trains_here(const std::string& name) { return entry_of(name).trains_here; }

std::unique_ptr<Executor> make_executor(const config::Variant& executor, Execution execution, Training training) {
  const ExecutorEntry& entry = entry_of(executor.name);
  const bool is_default = executor.settings.empty();
  const Json settings = is_default ? config::default_variant("executor", executor.name).settings : executor.settings;
  return entry.make(settings, std::move(execution), std::move(training));
}

train::TrialResult train_guarded(const Train& train, const Json& settings, const data::Dataset& data,
                                 const train::Callbacks& callbacks) {
  const auto attempt = [&](const train::Callbacks& own) {
    train::TrialResult result = train(settings, data, own);
    store::to_json(result);  // throws if a record can't hold it
    return result;
  };
  return train::guarded(attempt, settings, data, callbacks);
}

std::function<void(const std::string& bytes)> WeightsWriter::callback() {
  if (file_.empty()) return {};
  return [this, path = absolute_path(file_)](const std::string& bytes) {
    try {
      std::error_code error;
      std::filesystem::create_directories(path.parent_path(), error);
      if (error) throw file_error("create", path.parent_path(), error.value());
      write_whole(path, bytes);
    } catch (const Error& error) {
      failure_ = error;
      throw;
    }
  };
}

double LimitsCheck::time_s() const { return limits_.time_s.value_or(std::numeric_limits<double>::infinity()); }

bool LimitsCheck::exceeds_memory(pid_t process) const {
  return limits_.memory_mb && static_cast<double>(resident_bytes(process)) > 1e6 * *limits_.memory_mb;
}

train::Failure LimitsCheck::too_long() const { return {.message = "took longer than " + human_duration(time_s())}; }

train::Failure LimitsCheck::too_much() const {
  return {.message = fmt::format("used more than {:g} MB of memory (limits.memory_mb)", limits_.memory_mb.value_or(0))};
}

}  // namespace bnexp::exec
