#include "exec/executor.h"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "base/registry.h"
#include "base/text.h"
#include "store/record.h"
#include "train/guard.h"

namespace bnexp::exec {
namespace {

Registry<ExecutorMaker>& executors() {
  static Registry<ExecutorMaker> registry;
  return registry;
}

}  // namespace

bool add_executor(const std::string& name, ExecutorMaker maker) { return executors().add(name, std::move(maker)); }

std::vector<std::string> executor_names() { return executors().names(); }

std::unique_ptr<Executor> make_executor(const std::string& name, ExecutorOptions options) {
  if (const auto* maker = executors().find(name)) return (*maker)(std::move(options));
  throw usage_error(fmt::format("unknown executor '{}'", name), "valid: " + join(executor_names(), ", "));
}

train::TrialResult train_guarded(const Train& train, const Json& settings, const data::Dataset& data,
                                 const train::Callbacks& callbacks) {
  const auto attempt = [&](const train::Callbacks& own) {
    train::TrialResult result = train(settings, data, own);
    store::to_json(result);  // refuses what a record can't hold
    return result;
  };
  return train::guarded(attempt, settings, data, callbacks);
}

std::function<void(const std::string& bytes)> weights_writer(const std::string& file) {
  if (file.empty()) return {};
  return [path = std::filesystem::absolute(file)](const std::string& bytes) {
    std::error_code error;
    std::filesystem::create_directories(path.parent_path(), error);
    if (error) throw file_error("create", path.parent_path(), error.value());
    write_whole(path, bytes);
  };
}

train::Failure too_long(double timeout_s) { return {.message = "took longer than " + human_duration(timeout_s)}; }

}  // namespace bnexp::exec
