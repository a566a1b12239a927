#include "cli/trial.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "base/error.h"
#include "base/files.h"
#include "store/store.h"
#include "train/trainer.h"

namespace bnexp::cli {
namespace {

// No network here comes near it; a file of this size would not fit into memory on many machines.
constexpr std::uintmax_t kLargestWeights = std::uintmax_t{2} << 30;

// The store that a record's file is in.
std::filesystem::path store_of(const std::string& path) {
  return std::filesystem::absolute(path).parent_path().parent_path();
}

}  // namespace

Json cuda_context(const exec::Plan& plan) {
  const bool needed = std::ranges::any_of(plan.trials, [&](const exec::PlannedTrial& trial) {
    return !trial.cached() && plan.settings(trial).value("device", "") == "cuda";
  });
  return needed ? train::cuda_context() : Json::object();
}

exec::Train trainer(const std::filesystem::path& folder) {
  return [folder](const Json& settings, const data::Dataset& data, const train::Callbacks& callbacks) {
    auto spec = config::from_json<config::TrialSpec>(settings);
    spec.norm.folder = folder;
    return train::run(spec, data, callbacks);
  };
}

std::shared_ptr<data::Dataset> data_of(const store::Record& record, const std::string& path,
                                       const std::string& data_folder) {
  data::Places places;
  places.folder = data_folder;
  const auto data = data::load(spec_of(record, path).data, places);
  if (record.result.data.value("sha256", "") != data->header().sha256) {
    throw environment_error(
        fmt::format("the data here ({}) is not what {} was trained on", data->header().sha256, path),
        "fetch the same data set, or name its folder with --data-dir");
  }
  return data;
}

config::TrialSpec recorded_spec(const store::Record& record, const std::string& path) {
  auto spec = config::from_json<config::TrialSpec>(record.settings);
  const auto folder = record.context.find("config_folder");
  if (folder != record.context.end() && folder->is_string()) {
    std::error_code ignored;
    const auto store = std::filesystem::weakly_canonical(store_of(path), ignored);
    spec.norm.folder = (store / folder->get<std::string>()).lexically_normal();
  }
  return spec;
}

config::TrialSpec spec_of(const store::Record& record, const std::string& path) {
  auto spec = recorded_spec(record, path);
  if (spec.device == "cuda") spec.device = train::decided_device("auto");
  return spec;
}

train::Weights read_weights(const std::filesystem::path& file) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(file, error);
  if (error) throw file_error("read", file, error.value());
  if (size > kLargestWeights) {
    throw environment_error(fmt::format("{} has {} bytes, too many for a network's weights", file.string(), size));
  }
  auto bytes = read_whole(file);
  if (!bytes) throw file_error("read", file, ENOENT);
  return {file.string(), std::move(*bytes)};
}

train::Weights weights_of(const store::Record& record, const std::string& path, const std::string& option) {
  if (!option.empty()) return read_weights(option);
  const auto file = store::weights_file(store_of(path), record.trial);
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) {
    throw environment_error(
        fmt::format("no weights were kept of {}", path),
        fmt::format("`bnexp repeat {} --weights {}` makes them; `bnexp run --weights` keeps them from the start", path,
                    std::filesystem::proximate(file, ignored).string()));
  }
  return read_weights(file);
}

std::vector<std::filesystem::path> inputs_of(const config::TrialSpec& spec, const data::Dataset& data,
                                             const train::Weights& weights, std::vector<std::filesystem::path> named) {
  const auto& files = data.header().files;
  named.insert(named.end(), files.begin(), files.end());
  if (!weights.name.empty()) named.emplace_back(weights.name);
  if (const std::string file = spec.norm.settings.value("path", ""); !file.empty()) {
    named.push_back(spec.norm.folder / file);
  }
  return named;
}

}  // namespace bnexp::cli
