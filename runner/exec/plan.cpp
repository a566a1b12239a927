#include "exec/plan.h"

#include <algorithm>
#include <map>
#include <utility>

namespace bnexp::exec {
namespace {

// Trials that cost the same per step.
std::string likeness(const Json& settings) {
  const Json& train = settings.at("train");
  return Json{settings.at("model"),
              settings.at("norm"),
              settings.at("data"),
              settings.at("device"),
              settings.at("probes"),
              train.at("batch_size"),
              train.at("optimizer").at("name")}
      .dump();
}

// Steps that settings ask for, when they say so without the data; epochs otherwise. Costs are proportional to either.
double amount(const Json& settings) {
  const Json& train = settings.at("train");
  return train.at("steps").is_null() ? train.at("epochs").get<double>() : train.at("steps").get<double>();
}

std::string unit(const Json& settings) { return settings.at("train").at("steps").is_null() ? " epochs" : " steps"; }

struct Cost {
  double seconds = 0;
  double amount = 0;
};

}  // namespace

std::vector<PlannedTrial> plan(const config::Suite& suite, const std::filesystem::path& store,
                               const data::Places& places) {
  std::map<std::string, train::Status> statuses;
  std::map<std::string, Cost> costs;
  std::error_code ignored;
  if (std::filesystem::exists(store / "records", ignored)) {
    for (const auto& record : store::Store::open(store).records()) {
      statuses[record.trial] = record.result.status;
      if (record.result.status != train::Status::ok) continue;
      Cost& cost = costs[likeness(record.settings) + unit(record.settings)];
      cost.seconds += record.result.timing.value("wall_s", 0.0);
      cost.amount += amount(record.settings);
    }
  }
  std::map<std::string, std::string> checksums;
  std::vector<PlannedTrial> planned;
  for (std::size_t i = 0; i < suite.trials.size(); ++i) {
    const config::Trial& trial = suite.trials[i];
    std::string& checksum = checksums[trial.spec.data.settings.dump()];
    if (checksum.empty()) checksum = data::checksum(trial.spec.data, places);
    PlannedTrial one{.index = i, .trial = store::trial_id(trial.settings, checksum)};
    const auto status = statuses.find(one.trial);
    one.cached = status != statuses.end() && train::is_final(status->second);
    const auto cost = costs.find(likeness(trial.settings) + unit(trial.settings));
    if (cost != costs.end() && cost->second.amount > 0) {
      one.estimate_s = cost->second.seconds / cost->second.amount * amount(trial.settings);
    }
    planned.push_back(std::move(one));
  }
  return planned;
}

std::optional<double> estimate(const std::vector<PlannedTrial>& planned, int jobs) {
  double total = 0;
  double longest = 0;
  for (const auto& trial : planned) {
    if (trial.cached) continue;
    if (!trial.estimate_s) return std::nullopt;
    total += *trial.estimate_s;
    longest = std::max(longest, *trial.estimate_s);
  }
  return std::max(longest, total / jobs);
}

}  // namespace bnexp::exec
