#include "analysis/usable_range.h"

#include <algorithm>
#include <cmath>

namespace bnexp::analysis {

bool at_chance(const Trial& trial, const Thresholds& thresholds) {
  const auto value = trial.metric("test_accuracy");
  return value && std::abs(*value - thresholds.chance) <= kChanceMargin;
}

bool trains(const Trial& trial, const Thresholds& thresholds) {
  return trial.metric("test_accuracy").value_or(0) > thresholds.trains;
}

const Key* learning_rate(const Results& results) {
  for (const auto& key : results.keys) {
    if (key.numeric && (key.path == "lr" || key.path.ends_with(".lr"))) return &key;
  }
  return nullptr;
}

std::vector<UsableRange> usable_ranges(const Results& results, const Thresholds& thresholds) {
  const Key* lr = learning_rate(results);
  if (!lr) return {};
  std::vector<UsableRange> ranges;
  for (const auto& group : group_by(results, other_keys(results, {lr}))) {
    UsableRange range;
    range.label = group.label;
    std::vector<const Arm*> arms = group.arms;
    std::stable_sort(arms.begin(), arms.end(),
                     [&](const Arm* a, const Arm* b) { return lr->level_of(a->values) < lr->level_of(b->values); });
    for (const Arm* arm : arms) {
      if (arm->trials.empty() || !arm->values.contains(lr->path)) continue;
      ++range.rates;
      range.highest = arm->values.at(lr->path).get<double>();
      const auto is_unknown = [](const Trial& trial) { return !is_trained(trial.outcome()); };
      const auto falls_short = [&](const Trial& trial) { return !is_unknown(trial) && !trains(trial, thresholds); };
      if (std::any_of(arm->trials.begin(), arm->trials.end(), falls_short)) continue;
      const bool open = std::any_of(arm->trials.begin(), arm->trials.end(), is_unknown);
      (open ? range.undecided : range.usable).push_back(arm->values.at(lr->path).get<double>());
    }
    ranges.push_back(std::move(range));
  }
  return ranges;
}

}  // namespace bnexp::analysis
