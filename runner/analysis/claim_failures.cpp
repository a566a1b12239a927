#include "analysis/claim_failures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "base/text.h"
#include "stats/proportion.h"
#include "stats/sequential.h"

namespace bnexp::analysis {
namespace {

// The p value that holds at every look: of the seeds at which only one of the two arms failed.
double p_at_every_look(const Pair& pair, const Metric& metric) {
  std::map<std::int64_t, bool> base_missed;
  for (const auto& trial : pair.base->trials) base_missed.emplace(trial.seed, metric.missed(trial));
  std::size_t only_arm = 0, only_base = 0;
  for (const auto& trial : pair.arm->trials) {
    const auto base = base_missed.find(trial.seed);
    if (base == base_missed.end() || base->second == metric.missed(trial)) continue;
    ++(base->second ? only_base : only_arm);
  }
  return stats::anytime_p(stats::log_e_value_of_failures(only_arm, only_base));
}

std::string counted(const stats::Count& count, const Arm& arm) {
  return fmt::format("{} of {} of {}", count.events, plural(count.n, "trial"), arm.label);
}

}  // namespace

Answer UnequalFailures::decide(const Bound& bound, double neutral) const {
  Answer answer{.why = why, .n = seeds};
  if (!is_sure) return answer;
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  answer.decision = is_lower ? bound.decide(-kInfinity, std::nextafter(neutral, -kInfinity))
                             : bound.decide(std::nextafter(neutral, kInfinity), kInfinity);
  if (answer.decision == Decision::inconclusive) answer.why += " They don't say by how much the other is ahead.";
  return answer;
}

std::optional<UnequalFailures> unequal_failures(const Evidence& evidence, const Pair& pair, const Metric& metric,
                                                double confidence) {
  const stats::Count own = metric.missed(*pair.arm), other = metric.missed(*pair.base);
  const auto rates = compare_rates(own, other);
  if (std::is_eq(rates)) return std::nullopt;
  const double p = evidence.looks ? p_at_every_look(pair, metric) : stats::fisher_exact(own, other);
  const std::string counts =
      fmt::format("{} failed{} against {}", counted(own, *pair.arm),
                  metric.is_time_to_accuracy() ? " or never got there" : "", counted(other, *pair.base));
  if (!metric.has_better()) {
    return UnequalFailures{.why = counts + ", so the numbers of the others decide nothing.",
                           .seeds = std::min(own.n, other.n)};
  }
  UnequalFailures result{.is_sure = p <= 1 - confidence,
                         .is_lower = std::is_gt(rates) == metric.larger_is_better(),
                         .why = {},
                         .seeds = std::min(own.n, other.n)};
  result.why = fmt::format("{} ({}, p = {:.2g}), so failures decide and not the other trials.", counts,
                           evidence.looks ? "a sign test that holds at every look" : "Fisher's exact test", p);
  return result;
}

}  // namespace bnexp::analysis
