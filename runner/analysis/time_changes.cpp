#include "analysis/time_changes.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <utility>

namespace bnexp::analysis {
namespace {

constexpr std::array<std::pair<const char*, const char*>, 5> kLikeMachines{
    {{"cpu", "CPU"}, {"cores", "cores"}, {"gpu", "GPU"}, {"jobs", "jobs"}, {"threads", "threads"}}};

std::optional<double> positive_seconds(const store::Record& record) {
  const auto wall = record.result.timing.find("wall_s");
  if (wall == record.result.timing.end() || !wall->is_number() || wall->get<double>() <= 0) return std::nullopt;
  return wall->get<double>();
}

bool was_alone(const store::Record& record) {
  const auto contended = record.context.find("contended");
  return contended != record.context.end() && *contended == false;
}

}  // namespace

TimeChanges time_changes(const std::vector<ArmPair>& pairs) {
  TimeChanges result;
  std::vector<double> all;
  std::size_t same_runs = 0;
  for (const auto& pair : pairs) {
    std::map<std::int64_t, const store::Record*> of_b;
    for (const auto& trial : pair.b->trials) {
      if (trial.ok()) of_b.emplace(trial.seed, trial.record);
    }
    std::vector<double> seconds_a, seconds_b, ratios;
    for (const auto& trial : pair.a->trials) {
      const auto found = trial.ok() ? of_b.find(trial.seed) : of_b.end();
      if (found == of_b.end()) continue;
      const store::Record &a = *trial.record, &b = *found->second;
      const auto time_a = positive_seconds(a), time_b = positive_seconds(b);
      if (!time_a || !time_b) continue;
      ++result.trials;
      if (a.trial == b.trial && a.result.timing == b.result.timing) ++same_runs;
      bool comparable = was_alone(a) && was_alone(b);
      if (!was_alone(a)) ++result.busy_a;
      if (!was_alone(b)) ++result.busy_b;
      for (const auto& [key, label] : kLikeMachines) {
        if (a.context.value(key, Json()) == b.context.value(key, Json())) continue;
        comparable = false;
        if (std::ranges::find(result.unlike, label) == result.unlike.end()) result.unlike.emplace_back(label);
      }
      if (!comparable) continue;
      seconds_a.push_back(*time_a);
      seconds_b.push_back(*time_b);
      ratios.push_back(std::log(*time_b / *time_a));
    }
    all.insert(all.end(), ratios.begin(), ratios.end());
    if (ratios.empty()) continue;
    result.arms.push_back({&pair, stats::estimate(seconds_a), stats::estimate(seconds_b), stats::estimate(ratios)});
  }
  result.log_ratio = stats::estimate(all);
  result.same_runs = result.trials > 0 && same_runs == result.trials;
  return result;
}

}  // namespace bnexp::analysis
