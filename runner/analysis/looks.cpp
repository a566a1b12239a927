#include "analysis/looks.h"

#include <algorithm>
#include <map>
#include <span>

#include "stats/multiplicity.h"
#include "stats/sequential.h"

namespace bnexp::analysis {
namespace {

// What a seed that both arms have adds to a look.
struct Seed {
  bool failed = false, base_failed = false;
  double value = 0, base_value = 0;  // if neither failed
};

// In the order of the plan, which is the order of the looks. Stops at the first seed that one of them lacks, or at
// which an ok trial lacks the metric.
std::vector<Seed> in_order(const Pair& pair, const Metric& metric) {
  std::map<std::int64_t, const Trial*> bases;
  for (const auto& trial : pair.base->trials) bases.emplace(trial.seed, &trial);
  std::vector<Seed> seeds;
  for (const auto& trial : pair.arm->trials) {
    const auto base = bases.find(trial.seed);
    if (base == bases.end() || is_open(trial.outcome()) || is_open(base->second->outcome())) break;
    Seed seed{.failed = metric.missed(trial), .base_failed = metric.missed(*base->second)};
    if (!seed.failed && !seed.base_failed) {
      const auto value = metric.of(trial), other = metric.of(*base->second);
      if (!value || !other) break;
      seed.value = *value;
      seed.base_value = *other;
    }
    seeds.push_back(seed);
  }
  return seeds;
}

// Of the seeds at which neither failed, as shown.
std::vector<double> differences(std::span<const Seed> seeds, double scale) {
  std::map<std::int64_t, double> values, base_values;
  for (std::size_t i = 0; i < seeds.size(); ++i) {
    if (seeds[i].failed || seeds[i].base_failed) continue;
    values.emplace(i, seeds[i].value);
    base_values.emplace(i, seeds[i].base_value);
  }
  auto result = stats::paired_differences(values, base_values);
  for (double& difference : result) difference *= scale;
  return result;
}

// One look, at `seeds`.
Looked look_once(std::span<const Seed> seeds, const Metric& metric, double margin, std::size_t comparisons,
                 bool may_decide) {
  std::size_t only_arm = 0, only_base = 0;
  Looked looked;
  looked.seeds = seeds.size();
  looked.failures.n = looked.baseline_failures.n = seeds.size();
  for (const Seed& seed : seeds) {
    looked.failures.events += seed.failed ? 1 : 0;
    looked.baseline_failures.events += seed.base_failed ? 1 : 0;
    if (seed.failed != seed.base_failed) ++(seed.failed ? only_arm : only_base);
  }
  looked.by_failures = only_arm != only_base;
  const double confidence = stats::bonferroni_confidence(comparisons);
  const stats::Estimate sample = stats::estimate(differences(seeds, metric.scale()), confidence);
  looked.difference = stats::confidence_sequence(sample, confidence);
  const auto evidence = looked.by_failures ? std::optional(stats::log_e_value_of_failures(only_arm, only_base))
                                           : stats::log_e_value(sample);
  if (evidence) {
    looked.p = stats::anytime_p(*evidence);
    looked.adjusted_p = std::min(1.0, *looked.p * static_cast<double>(comparisons));
  }
  if (!may_decide) return looked;
  looked.verdict = looked.by_failures
                       ? stats::failure_verdict(looked.failures, looked.baseline_failures, *looked.adjusted_p)
                       : stats::verdict(looked.difference, margin);
  return looked;
}

}  // namespace

stats::Estimate estimate(const std::vector<double>& values, const std::optional<Looks>& looks, double confidence) {
  const stats::Estimate sample = stats::estimate(values, confidence);
  return looks ? stats::confidence_sequence(sample, confidence) : sample;
}

Looked look(const Pair& pair, const Metric& metric, double margin, const Looks& looks, std::size_t comparisons) {
  const std::vector<Seed> seeds = in_order(pair, metric);
  const std::size_t family = std::max<std::size_t>(comparisons, 1);
  for (std::size_t n = std::min(first_look(looks), seeds.size());; ++n) {
    Looked looked = look_once(std::span(seeds).first(n), metric, margin, family, n >= first_look(looks));
    if (looked.is_decided() || n == seeds.size()) return looked;
  }
}

std::vector<std::size_t> seeds_needed(const Results& results, const std::vector<Pair>& pairs,
                                      const std::vector<Looked>& looked, const Looks& looks) {
  std::vector<std::size_t> needed;
  for (const auto& arm : results.arms) needed.push_back(arm.trials.size());
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    if (looked[i].is_decided()) continue;
    for (const Arm* arm : {pairs[i].arm, pairs[i].base}) {
      std::size_t& seeds = needed[static_cast<std::size_t>(arm - results.arms.data())];
      seeds = std::max(seeds, std::min(looks.most, looked[i].seeds + 1));
    }
  }
  return needed;
}

}  // namespace bnexp::analysis
