#include "cli/trial.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "store/context.h"
#include "store/store.h"
#include "train/trainer.h"

namespace bnexp::cli {
namespace {

// No network of bnexp comes near this size, and a file of this size would not fit into the memory of many machines.
constexpr std::uintmax_t kLargestWeights = std::uintmax_t{2} << 30;

// The store of a record's file.
std::filesystem::path store_of(const std::string& path) { return absolute_path(path).parent_path().parent_path(); }

// The folder of the files that the settings of the record at `path` name; empty if the record doesn't have it.
std::filesystem::path folder_of(const store::Record& record, const std::string& path) {
  const auto folder = record.context.find("config_folder");
  if (folder == record.context.end() || !folder->is_string()) return {};
  std::error_code ignored;
  const auto store = std::filesystem::weakly_canonical(store_of(path), ignored);
  return (store / folder->get<std::string>()).lexically_normal();
}

}  // namespace

store::Manifest manifest_in(const store::Store& store) {
  store::Manifest manifest = store.required_manifest();
  if (std::ranges::any_of(manifest.arms, [](const auto& arm) { return !arm.settings.is_object(); })) {
    throw environment_error(
        fmt::format("the plan in {} is of an older version and has no settings", store.folder().string()),
        "run its suite once to write the plan again: bnexp run CONFIG --store DIR");
  }
  return manifest;
}

Json cuda_context(const exec::Plan& plan) {
  const bool needed = std::ranges::any_of(plan.trials, [&](const exec::PlannedTrial& trial) {
    return !trial.cached() && plan.manifest.arms[trial.arm].settings.value("device", "") == "cuda";
  });
  return needed ? train::cuda_context() : Json::object();
}

exec::Train trainer(const std::filesystem::path& folder) {
  return [folder](const Json& settings, const data::Dataset& data, const train::Callbacks& callbacks) {
    auto spec = spec_from(settings, "the plan");
    spec.norm.folder = folder;
    return train::run(spec, data, callbacks);
  };
}

std::shared_ptr<data::Dataset> data_of(const store::Record& record, const std::string& path,
                                       const std::string& data_folder) {
  data::Places places;
  places.folder = data_folder;
  places.config_folder = folder_of(record, path);
  const auto data = data::load(spec_of(record, path).data, places);
  if (record.result.data.value("sha256", "") != data->header().sha256) {
    throw environment_error(
        fmt::format("the data here ({}) is not what {} was trained on", data->header().sha256, path),
        "fetch the same data set, or name its folder with --data-dir");
  }
  return data;
}

Json context_of(const store::Store& store, const std::filesystem::path& folder, int jobs) {
  Json context = store::context(train::libtorch_version(), train::isa(), jobs);
  context["config_folder"] = absolute_path(folder).lexically_proximate(absolute_path(store.folder()));
  return context;
}

config::TrialSpec spec_from(const Json& settings, const std::string& where) {
  constexpr const char* kHint = "use the release of bnexp that wrote it, or a newer one";
  config::TrialSpec spec;
  try {
    spec = config::from_json<config::TrialSpec>(settings);
  } catch (const Error& error) {
    throw environment_error(fmt::format("{} has settings that this bnexp does not take: {}", where, error.what()),
                            kHint);
  }
  const Json known = config::to_json(spec);
  for (const auto& [key, value] : settings.items()) {
    if (known.contains(key)) continue;
    throw environment_error(fmt::format("{} has a setting '{}', which this bnexp does not have", where, key), kHint);
  }
  return spec;
}

config::TrialSpec checked_spec(const Json& settings, const std::string& where, const std::filesystem::path& folder) {
  auto spec = spec_from(settings, where);
  spec.norm.folder = folder;
  if (const auto needed = norm_file(spec); !needed.empty() && !is_there(needed)) {
    throw environment_error(fmt::format("the norm's file {} is not there", needed.string()), "put it back");
  }
  config::TrialSpec on_any_machine = spec;
  on_any_machine.device = "cpu";
  std::vector<std::string> reasons;
  for (const auto& finding : train::check(on_any_machine)) reasons.push_back(finding.key + ": " + finding.message);
  if (!reasons.empty()) {
    throw environment_error(
        fmt::format("{} has settings that don't go together: {}", where, join(reasons, "; ")),
        "bnexp trains no such trial: the file was changed, or a release without this check wrote it");
  }
  return spec;
}

config::TrialSpec recorded_spec(const store::Record& record, const std::string& path) {
  return checked_spec(record.settings, path, folder_of(record, path));
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
  if (!is_there(file)) {
    throw environment_error(
        fmt::format("no weights were kept of {}", path),
        fmt::format("`bnexp repeat {} --weights {}` writes them; `bnexp run --weights` keeps them from the start", path,
                    std::filesystem::proximate(file, ignored).string()));
  }
  return read_weights(file);
}

std::filesystem::path norm_file(const config::TrialSpec& spec) {
  const std::string file = spec.norm.settings.value("path", "");
  return file.empty() ? std::filesystem::path() : spec.norm.folder / file;
}

std::vector<std::filesystem::path> inputs_of(const config::TrialSpec& spec, const data::Dataset& data,
                                             const train::Weights& weights, std::vector<std::filesystem::path> named) {
  const auto& files = data.header().files;
  named.insert(named.end(), files.begin(), files.end());
  if (!weights.name.empty()) named.emplace_back(weights.name);
  if (auto file = norm_file(spec); !file.empty()) named.push_back(std::move(file));
  return named;
}

}  // namespace bnexp::cli
