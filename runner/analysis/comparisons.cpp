#include "analysis/comparisons.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "analysis/ranking.h"
#include "analysis/usable_range.h"
#include "config/suite/selection.h"
#include "stats/multiplicity.h"
#include "stats/t_test.h"

namespace bnexp::analysis {
namespace {

// What is compared with what.
struct Sides {
  std::vector<const Arm*> arms, bases;
  std::vector<const Key*> named, shared;  // swept keys that distinguish the sides, and the others
};

Sides chosen_sides(const Results& results, const Json& baseline) {
  Sides sides;
  std::vector<std::string> keys;
  for (const auto& [key, value] : baseline.items()) keys.push_back(key);
  sides.shared = keys_not_named(results, keys);
  sides.named = other_keys(results, sides.shared);
  for (const auto& arm : results.arms) {
    (config::selects(baseline, arm.settings) ? sides.bases : sides.arms).push_back(&arm);
  }
  return sides;
}

Sides usual_sides(const Results& results) {
  const Key* key = contrast_key(results);
  if (key == nullptr) return {};
  Sides sides{.arms = {}, .bases = {}, .named = {key}, .shared = other_keys(results, {key})};
  const std::size_t baseline = baseline_level(*key);
  for (const auto& arm : results.arms) {
    const std::size_t level = key->level_of(arm.values);
    if (level < key->levels.size()) (level == baseline ? sides.bases : sides.arms).push_back(&arm);
  }
  return sides;
}

std::string level_text(const std::vector<const Key*>& named, const Arm& arm) {
  if (named.size() != 1) return label_of(named, arm.values);
  return named[0]->text_of(arm.values);
}

// The differences of finite values over the shared seeds, as shown.
std::vector<double> differences(const Metric& metric, const Arm& arm, const Arm& base) {
  auto values = stats::paired_differences(metric.finite_by_seed(arm), metric.finite_by_seed(base));
  for (double& value : values) value *= metric.scale();
  return values;
}

// The statistics of one table: a family of tests.
std::vector<Compared> decide(const std::vector<Pair>& pairs, const Sides& sides, const Metric& metric, double margin) {
  std::vector<Compared> rows;
  rows.reserve(pairs.size());
  std::vector<double> p;
  const double confidence = stats::bonferroni_confidence(std::max<std::size_t>(pairs.size(), 1));
  for (const auto& pair : pairs) {
    Compared& row = rows.emplace_back();
    static_cast<Pair&>(row) = pair;
    row.level = level_text(sides.named, *pair.arm);
    row.baseline = level_text(sides.named, *pair.base);
    const auto values = differences(metric, *pair.arm, *pair.base);
    row.statistics.difference = stats::estimate(values, confidence);
    row.effect_size = stats::effect_size(row.statistics.difference);
    row.sign_flip = stats::sign_flip_test(values);
    row.failures = metric.missed(*pair.arm);
    row.baseline_failures = metric.missed(*pair.base);
    row.by_failures = row.failures.events != row.baseline_failures.events;
    if (row.by_failures) {
      row.statistics.p = stats::fisher_exact(row.failures, row.baseline_failures);
    } else if (const auto test = stats::t_test(row.statistics.difference)) {
      row.statistics.p = test->p;
    }
    p.push_back(row.statistics.p.value_or(1));
  }
  const auto adjusted = stats::holm(p);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    auto& [difference, raw, adjusted_p, verdict, further] = rows[i].statistics;
    if (raw) adjusted_p = adjusted[i];
    if (rows[i].by_failures) {
      verdict = stats::failure_verdict(rows[i].failures, rows[i].baseline_failures, adjusted[i]);
      continue;
    }
    verdict = stats::verdict(difference, margin, adjusted_p, 1 - stats::kConfidence);
    if (verdict == stats::Verdict::undecided) further = stats::further_seeds(difference, margin, confidence);
  }
  return rows;
}

// The best arm of each group of `arms` with equal levels of the named keys, with the best of `bases`.
std::vector<Pair> best_pairs(const Results& results, const Sides& sides) {
  const std::set<const Arm*> compared(sides.arms.begin(), sides.arms.end());
  const auto bases = rank(sides.bases).arms;
  std::vector<Pair> pairs;
  if (bases.empty()) return pairs;
  for (const auto& group : group_by(results, sides.named)) {
    std::vector<const Arm*> arms;
    for (const Arm* arm : group.arms) {
      if (compared.contains(arm)) arms.push_back(arm);
    }
    if (auto pair = best_pair(arms, {bases.front()})) pairs.push_back(*pair);
  }
  return pairs;
}

// Replaces the statistics of one table by those of repeated looks.
std::vector<Looked> look_at(std::vector<Compared>& rows, const Comparisons& all) {
  std::vector<Looked> looked;
  for (Compared& row : rows) {
    const Looked& own = looked.emplace_back(look(row, all.metric, all.margin, *all.looks, rows.size()));
    const std::size_t first = first_look(*all.looks);
    row.looks = own.seeds >= first ? own.seeds - first + 1 : 0;
    row.failures = own.failures;
    row.baseline_failures = own.baseline_failures;
    row.by_failures = own.by_failures;
    row.statistics = {own.difference, own.p, own.adjusted_p, own.verdict, std::nullopt};
    if (!own.is_decided() && !own.by_failures) {
      const double confidence = stats::bonferroni_confidence(rows.size());
      row.statistics.further_seeds =
          stats::further_seeds(own.difference, all.margin, confidence, stats::Looks::every_seed);
    }
    row.effect_size = stats::effect_size(own.difference);
  }
  return looked;
}

}  // namespace

const Key* contrast_key(const Results& results) {
  const Key* best = nullptr;
  const Key* rate = learning_rate(results);
  for (const auto& key : results.keys) {
    if (&key == rate && results.keys.size() > 1) continue;
    if (best == nullptr ||
        std::tuple(key.numeric, key.levels.size()) < std::tuple(best->numeric, best->levels.size())) {
      best = &key;
    }
  }
  return best;
}

std::size_t baseline_level(const Key& key) {
  const auto none = std::ranges::find_if(key.levels, [](const Json& level) { return value_text(level) == "none"; });
  return none == key.levels.end() ? 0 : static_cast<std::size_t>(none - key.levels.begin());
}

Comparisons compare(const Results& results, const config::CompareSpec& spec, const Thresholds& thresholds,
                    const std::optional<Looks>& looks) {
  Comparisons all{.metric = Metric(spec.metric, thresholds),
                  .margin = 0,
                  .baseline = {},
                  .looks = looks,
                  .seeds_needed = {},
                  .matched = {},
                  .best = {}};
  all.margin = spec.margin.value_or(default_margin(all.metric));
  const Sides sides = spec.baseline.is_object() ? chosen_sides(results, spec.baseline) : usual_sides(results);
  if (sides.arms.empty() || sides.bases.empty()) return all;
  all.baseline = label_of(sides.named, sides.bases.front()->values);
  all.matched = decide(matched_pairs(sides.arms, sides.bases, sides.shared), sides, all.metric, all.margin);
  if (!sides.shared.empty()) all.best = decide(best_pairs(results, sides), sides, all.metric, all.margin);
  if (!looks) return all;
  const std::vector<Looked> looked = look_at(all.matched, all);
  all.seeds_needed = seeds_needed(results, {all.matched.begin(), all.matched.end()}, looked, *looks);
  look_at(all.best, all);
  return all;
}

}  // namespace bnexp::analysis
