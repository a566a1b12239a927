#include "analysis/change_tests.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "stats/multiplicity.h"
#include "stats/sequential.h"
#include "stats/t_test.h"

namespace bnexp::analysis {
namespace {

// The values of one arm that are compared.
struct ComparedValues {
  std::map<std::int64_t, double> a, b;
  stats::Count failed_a, failed_b;
  std::size_t only_a = 0, only_b = 0;  // seeds in common at which only one of them failed
};

TrialsBySeed of_seeds(const TrialsBySeed& trials, const TrialsBySeed& others) {
  TrialsBySeed result;
  for (const auto& [seed, trial] : trials) {
    if (others.contains(seed)) result.emplace(seed, trial);
  }
  return result;
}

stats::Count failed_of(const TrialsBySeed& trials, const Metric& metric) {
  const auto failed = std::ranges::count_if(trials, [&](const auto& one) { return metric.missed(*one.second); });
  return {static_cast<std::size_t>(failed), trials.size()};
}

std::map<std::int64_t, double> finite_values(const TrialsBySeed& trials, const Metric& metric) {
  std::map<std::int64_t, double> result;
  for (const auto& [seed, trial] : trials) {
    if (const auto value = metric.of(*trial); value && std::isfinite(*value)) result.emplace(seed, *value);
  }
  return result;
}

stats::Estimate mean_of_values(const std::map<std::int64_t, double>& values) {
  std::vector<double> numbers;
  for (const auto& [seed, value] : values) numbers.push_back(value);
  return stats::estimate(numbers);
}

stats::Estimate paired_change(const ComparedValues& of, bool looked, double confidence = stats::kConfidence) {
  const stats::Estimate change = stats::paired_difference(of.b, of.a, confidence);
  return looked ? stats::confidence_sequence(change, confidence) : change;
}

stats::Estimate welch_change(const ArmChange& arm, double confidence = stats::kConfidence) {
  stats::Estimate change{std::min(arm.a.n, arm.b.n), arm.b.mean - arm.a.mean, std::nullopt, std::nullopt};
  if (const auto test = stats::welch_t_test(arm.b, arm.a, confidence)) change.half = test->half;
  return change;
}

std::optional<double> p_of_pairs(const stats::Estimate& change, bool looked) {
  if (!looked) {
    const auto test = stats::t_test(change);
    return test ? std::optional(test->p) : std::nullopt;
  }
  const auto evidence = stats::log_e_value(change);
  return evidence ? std::optional(stats::anytime_p(*evidence)) : std::nullopt;
}

double p_of_rates(const ComparedValues& of, bool looked) {
  return looked ? stats::anytime_p(stats::log_e_value_of_failures(of.only_b, of.only_a))
                : stats::fisher_exact(of.failed_b, of.failed_a);
}

// Chooses the basis of the verdict and tests.
ComparedValues test_arm(ArmChange& arm, const Metric& metric, bool looked, bool same_bits) {
  const TrialsBySeed all_a = ended_trials(*arm.arms->a), all_b = ended_trials(*arm.arms->b);
  const TrialsBySeed shared_a = of_seeds(all_a, all_b), shared_b = of_seeds(all_b, all_a);
  arm.shared = shared_a.size();
  arm.failed_a = failed_of(all_a, metric);
  arm.failed_b = failed_of(all_b, metric);
  const bool alone = arm.shared == 1 && (all_a.size() == 1 || all_b.size() == 1);
  const bool paired = arm.shared >= 2 || alone || same_bits;
  const TrialsBySeed &of_a = paired ? shared_a : all_a, &of_b = paired ? shared_b : all_b;
  ComparedValues compared{.a = finite_values(of_a, metric),
                          .b = finite_values(of_b, metric),
                          .failed_a = failed_of(of_a, metric),
                          .failed_b = failed_of(of_b, metric)};
  for (const auto& [seed, trial] : shared_a) {
    const bool failed_a = metric.missed(*trial), failed_b = metric.missed(*shared_b.at(seed));
    if (failed_a && !failed_b) ++compared.only_a;
    if (failed_b && !failed_a) ++compared.only_b;
  }
  arm.a = mean_of_values(compared.a);
  arm.b = mean_of_values(compared.b);
  if (same_bits) {
    arm.basis = Basis::same_bits;
    arm.change = paired_change(compared, looked);
  } else if (looked && !paired) {
    arm.basis = Basis::none;
  } else if (std::is_neq(compare_rates(compared.failed_a, compared.failed_b))) {
    arm.basis = Basis::rate;
    arm.p = p_of_rates(compared, looked);
  } else if (paired) {
    arm.change = paired_change(compared, looked);
    arm.basis = arm.change.n >= 2 ? Basis::pairs : Basis::none;
    arm.p = p_of_pairs(arm.change, looked);
  } else if (arm.a.n > 0 && arm.b.n > 0) {
    arm.change = welch_change(arm);
    arm.basis = arm.a.n >= 2 && arm.b.n >= 2 ? Basis::samples : Basis::none;
    if (const auto test = stats::welch_t_test(arm.b, arm.a)) arm.p = test->test.p;
  }
  return compared;
}

bool is_tested(const ArmChange& arm) { return arm.basis != Basis::same_bits && arm.basis != Basis::none; }

std::vector<double> adjusted(const std::vector<double>& p, bool looked) {
  if (!looked) return stats::holm(p);
  std::vector<double> result;
  for (const double one : p) result.push_back(std::min(1.0, one * static_cast<double>(p.size())));
  return result;
}

}  // namespace

TrialsBySeed ended_trials(const Arm& arm) {
  TrialsBySeed result;
  for (const auto& trial : arm.trials) {
    if (trial.ok() || is_failure(trial.outcome())) result.emplace(trial.seed, &trial);
  }
  return result;
}

void judge_changes(Changes& all, const std::vector<bool>& same_bits) {
  std::vector<ComparedValues> compared;
  std::vector<double> p;
  for (std::size_t i = 0; i < all.arms.size(); ++i) {
    compared.push_back(test_arm(all.arms[i], all.metric, all.looked, same_bits[i]));
    if (is_tested(all.arms[i])) p.push_back(all.arms[i].p.value_or(1));
  }
  all.tested = p.size();
  if (p.empty()) return;
  const std::vector<double> adjusted_p = adjusted(p, all.looked);
  const double each = stats::bonferroni_confidence(p.size());
  std::size_t next = 0;
  for (std::size_t i = 0; i < all.arms.size(); ++i) {
    ArmChange& arm = all.arms[i];
    if (!is_tested(arm)) continue;
    const double own = adjusted_p[next++];
    if (arm.p) arm.adjusted_p = own;
    if (arm.basis == Basis::rate) {
      arm.verdict = stats::failure_verdict(compared[i].failed_b, compared[i].failed_a, own);
      continue;
    }
    arm.change = arm.basis == Basis::pairs ? paired_change(compared[i], all.looked, each) : welch_change(arm, each);
    arm.verdict = stats::verdict(arm.change, all.margin, arm.adjusted_p);
    if (arm.verdict != stats::Verdict::undecided) continue;
    arm.further_seeds =
        stats::further_seeds(arm.change, all.margin, each, all.looked ? stats::Looks::every_seed : stats::Looks::once);
  }
}

}  // namespace bnexp::analysis
