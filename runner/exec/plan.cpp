#include "exec/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <stdexcept>
#include <utility>

#include "base/hash.h"
#include "base/text.h"

namespace bnexp::exec {

void require_same_bits(const Plan& plan, const PlannedTrial& trial, const std::filesystem::path& store) {
  if (store::trial_id(plan.settings(trial), trial.data_sha256) == trial.trial) return;
  throw environment_error(fmt::format("the plan in {} is from a release of bnexp that trains {} to other bits",
                                      store.string(), plan.name(trial)),
                          "run its suite with this release to write the plan again, or use the release that wrote it");
}

std::string data_option(const std::string& folder) {
  return folder.empty() ? "" : " --data-dir " + shell_quoted(folder);
}

std::string work_command(const std::string& store, const std::string& data_folder) {
  return "bnexp work " + shell_quoted(store) + data_option(data_folder);
}

std::string retry_command(const std::string& store, const std::string& data_folder) {
  return "bnexp retry " + shell_quoted(store) + data_option(data_folder);
}

std::string fingerprint(const store::Record& record) { return sha256_hex(to_line(store::to_json(record))); }

Json Plan::settings(const PlannedTrial& trial) const {
  return store::settings_of(manifest, {trial.trial, trial.arm, trial.seed});
}

std::string Plan::name(const PlannedTrial& trial) const {
  return fmt::format("{}, seed {}", manifest.arms.at(trial.arm).label, trial.seed);
}

std::size_t Plan::cached() const {
  return static_cast<std::size_t>(std::ranges::count_if(trials, [](const auto& trial) { return trial.cached(); }));
}

std::optional<double> Plan::seconds(int jobs) const {
  double sum = 0;
  double longest = 0;
  for (const auto& trial : trials) {
    if (trial.cached()) continue;
    if (!trial.seconds) return std::nullopt;
    sum += *trial.seconds;
    longest = std::max(longest, *trial.seconds);
  }
  return std::max(sum / jobs, longest);
}

store::Manifest make_manifest(const config::Suite& suite, const std::filesystem::path& folder, bool weights,
                              const std::function<std::string(const config::Variant& data)>& checksum) {
  store::Manifest manifest{.name = suite.name,
                           .question = suite.question,
                           .file = suite.file,
                           .folder = folder.string(),
                           .data_folder = {},
                           .overrides = suite.overrides,
                           .swept = suite.swept,
                           .zipped = suite.zipped,
                           .weights = weights,
                           .thresholds = {.chance = suite.chance_accuracy, .trains = suite.trains_above},
                           .limits = suite.limits,
                           .compare = suite.compare,
                           .claims = suite.claims,
                           .looks = {},
                           .arms = {},
                           .trials = {}};
  for (const auto& arm : suite.arms) manifest.arms.push_back({arm.label, arm.values, nullptr, nullptr});
  std::map<std::string, std::string> checksums;  // by the data settings
  for (const auto& trial : suite.trials) {
    std::string& data = checksums[to_line(trial.spec.data.settings)];
    if (data.empty()) data = checksum(trial.spec.data);
    Json common = trial.settings;
    common.erase("seed");
    auto& arm = manifest.arms.at(trial.arm);
    if (arm.settings.is_null()) {
      arm.settings = std::move(common);
      arm.data_sha256 = data;
    } else if (arm.settings != common) {
      throw std::logic_error("two trials of one arm differ in more than the seed");
    }
    manifest.trials.push_back({store::trial_id(trial.settings, data), trial.arm, trial.spec.seed});
  }
  return manifest;
}

void add_seeds(store::Manifest& manifest, const std::vector<std::size_t>& seeds) {
  std::vector<std::size_t> counts(manifest.arms.size());
  std::vector<std::int64_t> highest(manifest.arms.size());
  for (const auto& trial : manifest.trials) {
    ++counts[trial.arm];
    highest[trial.arm] = std::max(highest[trial.arm], trial.seed);
  }
  for (std::size_t i = 0; i < manifest.arms.size(); ++i) {
    for (; counts[i] < seeds.at(i); ++counts[i]) {
      const store::Manifest::Trial trial{"", i, ++highest[i]};
      manifest.trials.push_back(trial);
      manifest.trials.back().trial =
          store::trial_id(store::settings_of(manifest, trial), manifest.arms[i].data_sha256.get<std::string>());
    }
  }
}

Plan make_plan(store::Manifest manifest, const PlannedSteps& steps, const store::Store* store) {
  std::map<std::string, store::Record> records;
  std::map<std::string, std::string> damaged;
  CostModel cost;
  if (store != nullptr) {
    auto found = store->records();
    for (auto& file : found.damaged) damaged.emplace(file.file.stem(), std::move(file.damage));
    for (auto& record : found.readable) {
      cost.add(record);
      records.emplace(record.trial, std::move(record));
    }
  }
  Plan plan{.manifest = std::move(manifest), .trials = {}};
  std::vector<std::optional<std::optional<double>>> seconds(plan.manifest.arms.size());  // looked up once per arm
  for (const auto& trial : plan.manifest.trials) {
    const auto& arm = plan.manifest.arms[trial.arm];
    PlannedTrial planned{.trial = trial.trial, .arm = trial.arm, .seed = trial.seed, .data_sha256 = ""};
    if (arm.data_sha256.is_string()) planned.data_sha256 = arm.data_sha256;
    if (const auto found = records.find(trial.trial); found != records.end()) {
      planned.status = found->second.result.status;
      if (!planned.is_final()) planned.record = fingerprint(found->second);
    }
    if (const auto found = damaged.find(trial.trial); found != damaged.end()) planned.damage = found->second;
    if (!planned.is_final() && arm.settings.is_object()) {
      auto& known = seconds[trial.arm];
      if (!known) known = cost.seconds(arm.settings, planned.data_sha256, steps);
      planned.seconds = *known;
    }
    plan.trials.push_back(std::move(planned));
  }
  return plan;
}

}  // namespace bnexp::exec
