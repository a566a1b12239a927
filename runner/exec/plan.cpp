#include "exec/plan.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/hash.h"

namespace bnexp::exec {
namespace {

// What training speed depends on.
std::string kind_of(const Json& settings) {
  Json kind = Json::array({settings.at("train").value("batch_size", Json())});
  for (const char* key : {"model", "norm", "precision", "execution", "device"}) {
    kind.push_back(settings.value(key, Json()));
  }
  return to_line(kind);
}

// What finished trials tell of those to come.
class Experience {
 public:
  void add(const store::Record& record) {
    const Json& data = record.result.data;
    if (record.result.status != train::Status::ok) return;
    train_images_[data.at("sha256")] = data.at("train").get<std::int64_t>() + data.at("validation").get<std::int64_t>();
    const auto steps = record.result.metrics.value("steps", std::int64_t{0});
    if (steps == 0) return;
    seconds_per_step_[kind_of(record.settings)].push_back(record.result.timing.at("wall_s").get<double>() /
                                                          static_cast<double>(steps));
  }

  std::optional<double> seconds(const PlannedTrial& trial, const PlanSources& sources) {
    const auto images = train_images_.find(trial.data_sha256);
    if (images == train_images_.end()) return std::nullopt;
    const auto found = seconds_per_step_.find(kind_of(trial.source->settings));
    if (found == seconds_per_step_.end()) return std::nullopt;
    auto& seconds = found->second;
    const auto middle = seconds.begin() + static_cast<std::ptrdiff_t>(seconds.size() / 2);
    std::nth_element(seconds.begin(), middle, seconds.end());
    return *middle * static_cast<double>(sources.steps(trial.source->spec, images->second));
  }

 private:
  std::map<std::string, std::int64_t> train_images_;             // by the data's checksum: images of the training file
  std::map<std::string, std::vector<double>> seconds_per_step_;  // by kind
};

}  // namespace

std::string fingerprint(const store::Record& record) { return sha256_hex(to_line(store::to_json(record))); }

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

Plan make_plan(const config::Suite& suite, const PlanSources& sources, const store::Store* store) {
  std::map<std::string, store::Record> records;
  if (store != nullptr) {
    for (auto& record : store->records()) records.emplace(record.trial, std::move(record));
  }
  std::map<std::string, std::string> checksums;  // by the data's settings
  Plan plan;
  for (const auto& trial : suite.trials) {
    std::string& checksum = checksums[to_line(trial.spec.data.settings)];
    if (checksum.empty()) checksum = sources.checksum(trial.spec.data);
    PlannedTrial planned;
    planned.trial = store::trial_id(trial.settings, checksum);
    planned.arm = trial.arm;
    planned.seed = trial.spec.seed;
    planned.source = &trial;
    planned.data_sha256 = checksum;
    if (const auto found = records.find(planned.trial); found != records.end()) {
      planned.status = found->second.result.status;
      if (!planned.cached()) planned.record = fingerprint(found->second);
    }
    plan.trials.push_back(std::move(planned));
  }
  if (plan.to_run() == 0) return plan;
  Experience experience;
  for (const auto& [trial, record] : records) experience.add(record);
  for (auto& trial : plan.trials) {
    if (!trial.cached()) trial.seconds = experience.seconds(trial, sources);
  }
  return plan;
}

store::Manifest manifest(const config::Suite& suite, const Plan& plan) {
  store::Manifest manifest{.name = suite.name,
                           .question = suite.question,
                           .file = suite.file,
                           .overrides = suite.overrides,
                           .swept = suite.swept,
                           .thresholds = {.chance = suite.chance_accuracy, .trains = suite.trains_above},
                           .arms = {},
                           .trials = {}};
  for (const auto& arm : suite.arms) manifest.arms.push_back({arm.label, arm.values});
  for (const auto& trial : plan.trials) manifest.trials.push_back({trial.trial, trial.arm, trial.seed});
  return manifest;
}

}  // namespace bnexp::exec
