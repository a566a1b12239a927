#include "report/compare.h"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace bnexp::report {
namespace {

bool is_failure(const Trial& trial) {
  return trial.record && !trial.ok() && trial.record->result.status != train::Status::interrupted;
}

bool has_failure(const Arm& arm) { return std::any_of(arm.trials.begin(), arm.trials.end(), is_failure); }

// A trial of which nothing is known yet.
bool is_open(const Trial& trial) { return !trial.record || !train::is_final(trial.record->result.status); }

}  // namespace

std::vector<const Arm*> all_arms(const Results& results) {
  std::vector<const Arm*> arms;
  for (const auto& arm : results.arms) arms.push_back(&arm);
  return arms;
}

Ranking rank(const std::vector<const Arm*>& arms) {
  Ranking ranking;
  for (const Arm* arm : arms) {
    if (arm->metric("test_accuracy").n > 0) ranking.arms.push_back(arm);
  }
  ranking.by_validation = !ranking.arms.empty() &&
                          std::all_of(ranking.arms.begin(), ranking.arms.end(),
                                      [](const Arm* arm) { return arm->metric("validation_accuracy").n == arm->ok(); });
  const char* metric = ranking.by_validation ? "validation_accuracy" : "test_accuracy";
  std::stable_sort(ranking.arms.begin(), ranking.arms.end(), [&](const Arm* a, const Arm* b) {
    return std::tuple(has_failure(*a), -a->metric(metric).mean) < std::tuple(has_failure(*b), -b->metric(metric).mean);
  });
  return ranking;
}

Estimate difference(const Arm& a, const Arm& b) {
  return paired_difference(a.by_seed("test_accuracy"), b.by_seed("test_accuracy"));
}

bool at_chance(const Trial& trial) {
  const auto value = trial.metric("test_accuracy");
  return value && std::abs(*value - kChance) <= kChanceMargin;
}

const Key* learning_rate(const Results& results) {
  for (const auto& key : results.keys) {
    if (key.numeric && (key.path == "lr" || key.path.ends_with(".lr"))) return &key;
  }
  return nullptr;
}

std::vector<UsableRange> usable_ranges(const Results& results) {
  const Key* lr = learning_rate(results);
  if (!lr) return {};
  std::vector<const Key*> others;
  for (const auto& key : results.keys) {
    if (&key != lr) others.push_back(&key);
  }
  std::vector<UsableRange> ranges;
  for (const auto& group : group_by(results, others)) {
    UsableRange range;
    range.label = group.label;
    std::vector<const Arm*> arms = group.arms;
    std::stable_sort(arms.begin(), arms.end(),
                     [&](const Arm* a, const Arm* b) { return lr->level_of(a->values) < lr->level_of(b->values); });
    for (const Arm* arm : arms) {
      if (arm->trials.empty() || !arm->values.contains(lr->path)) continue;
      ++range.rates;
      const auto falls_short = [](const Trial& trial) {
        return !is_open(trial) && !(trial.metric("test_accuracy").value_or(0) > kTrains);
      };
      if (std::any_of(arm->trials.begin(), arm->trials.end(), falls_short)) continue;
      const bool open = std::any_of(arm->trials.begin(), arm->trials.end(), is_open);
      (open ? range.undecided : range.usable).push_back(arm->values.at(lr->path).get<double>());
    }
    ranges.push_back(std::move(range));
  }
  return ranges;
}

const Key* contrast_key(const Results& results) {
  const Key* best = nullptr;
  for (const auto& key : results.keys) {
    if (&key == learning_rate(results) && results.keys.size() > 1) continue;
    if (!best || std::tuple(key.numeric, key.levels.size()) < std::tuple(best->numeric, best->levels.size())) {
      best = &key;
    }
  }
  return best;
}

std::vector<Contrast> contrasts(const Results& results) {
  if (results.keys.size() < 2) return {};
  const Key* contrasted = contrast_key(results);
  std::size_t baseline = 0;
  for (std::size_t i = 0; i < contrasted->levels.size(); ++i) {
    const std::string text = value_text(contrasted->levels[i]);
    if (text == "none") baseline = i;
  }
  std::vector<const Key*> others;
  for (const auto& key : results.keys) {
    if (&key != contrasted) others.push_back(&key);
  }
  std::vector<Contrast> result;
  for (const auto& group : group_by(results, others)) {
    const auto at = [&](std::size_t level) -> const Arm* {
      for (const Arm* arm : group.arms) {
        if (contrasted->level_of(arm->values) == level) return arm;
      }
      return nullptr;
    };
    const Arm* base = at(baseline);
    for (std::size_t level = 0; base && level < contrasted->levels.size(); ++level) {
      const Arm* arm = level == baseline ? nullptr : at(level);
      if (!arm) continue;
      result.push_back({group.label, value_text(contrasted->levels[level]), value_text(contrasted->levels[baseline]),
                        arm, base, difference(*arm, *base)});
    }
  }
  return result;
}

}  // namespace bnexp::report
