#include "exec/executor.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <new>
#include <system_error>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "base/registry.h"
#include "base/text.h"
#include "store/record.h"

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
  const auto start = std::chrono::steady_clock::now();
  const auto cut = [&](train::Status status, const std::string& message) {
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
    return cut_short(status, {.message = message}, settings, data, wall.count());
  };
  try {
    train::TrialResult result = train(settings, data, callbacks);
    store::to_json(result);  // refuses what a record can't hold
    return result;
  } catch (const std::bad_alloc&) {
    return cut(train::Status::oom, "out of memory");
  } catch (const Error& error) {
    return cut(train::Status::failed,
               error.hint().empty() ? error.what() : fmt::format("{}; {}", error.what(), error.hint()));
  } catch (const std::exception& error) {
    return cut(train::Status::failed, *error.what() != '\0' ? error.what() : "an error without a text");
  }
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

train::TrialResult cut_short(train::Status status, train::Failure failure, const Json& settings,
                             const data::Dataset& data, double wall_s) {
  const auto& header = data.header();
  const std::int64_t validation = settings.at("data").value("validation", std::int64_t{0});
  const auto started = std::chrono::system_clock::now() - std::chrono::duration<double>(wall_s);
  const auto started_at =
      std::chrono::system_clock::to_time_t(std::chrono::time_point_cast<std::chrono::system_clock::duration>(started));
  train::TrialResult result;
  result.status = status;
  result.failure = std::move(failure);
  result.data = {{"name", header.name},
                 {"sha256", header.sha256},
                 {"train", header.train - validation},
                 {"validation", validation},
                 {"test", header.test}};
  result.timing = {{"started_at", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(started_at))}, {"wall_s", wall_s}};
  return result;
}

train::Failure too_long(double timeout_s) { return {.message = "took longer than " + human_duration(timeout_s)}; }

}  // namespace bnexp::exec
