#include "stats/verdict.h"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <cmath>

#include "stats/multiplicity.h"
#include "stats/power.h"
#include "stats/require.h"
#include "stats/search.h"
#include "stats/sequential.h"
#include "stats/t_test.h"

namespace bnexp::stats {
namespace {

// `differs` says whether the difference is significant.
Verdict decide(const Estimate& difference, double margin, bool differs) {
  require(margin >= 0, "verdict: a margin of at least 0");
  if (!difference.half || *difference.half == 0) return Verdict::undecided;
  if (differs && std::abs(difference.mean) >= margin) return difference.mean > 0 ? Verdict::better : Verdict::worse;
  if (difference.low() > -margin && difference.high() < margin) return Verdict::no_difference;
  return Verdict::undecided;
}

}  // namespace

std::string_view name(Verdict verdict) {
  switch (verdict) {
    case Verdict::better:
      return "better";
    case Verdict::worse:
      return "worse";
    case Verdict::no_difference:
      return "no difference larger than the margin";
    case Verdict::undecided:
      break;
  }
  return "undecided";
}

Verdict verdict(const Estimate& difference, double margin) {
  return decide(difference, margin, difference.clears_zero());
}

Verdict verdict(const Estimate& difference, double margin, std::optional<double> adjusted_p, double alpha) {
  return decide(difference, margin, difference.clears_zero() && adjusted_p && *adjusted_p <= alpha);
}

Verdict failure_verdict(const Count& failures, const Count& baseline, double adjusted_p, double alpha) {
  if (failures.n == 0 || baseline.n == 0 || adjusted_p > alpha) return Verdict::undecided;
  const auto rates = compare_rates(failures, baseline);
  return std::is_eq(rates) ? Verdict::undecided : std::is_lt(rates) ? Verdict::better : Verdict::worse;
}

std::optional<std::size_t> further_seeds(const Estimate& difference, double margin, double confidence, Looks looks) {
  require(margin >= 0 && confidence > 0 && confidence < 1,
          "further_seeds: a margin of at least 0 and a confidence within (0, 1)");
  if (!difference.sd || *difference.sd == 0 || difference.n >= kMostSeeds) return std::nullopt;
  const double size = std::abs(difference.mean);
  const double needed = size >= margin ? size : margin - size;
  const auto decides = [&](std::size_t seeds) {
    if (looks == Looks::every_seed) {
      const Estimate later{seeds, difference.mean, difference.sd, std::nullopt};
      const std::optional<double> half = confidence_sequence(later, confidence).half;
      return half && *half < needed;
    }
    const double effect = size / *difference.sd, alpha = 1 - confidence;
    return (size >= margin ? t_test_power(effect, seeds, alpha)
                           : equivalence_power(effect, margin / *difference.sd, seeds, alpha)) >= kPower;
  };
  // Student's critical value is above the normal one, a confidence sequence is wider than the t interval, and at less
  // than the critical value the power is about one half: fewer seeds than this cannot decide.
  const double z = boost::math::quantile(boost::math::normal(), (1 + confidence) / 2);
  const double bound = std::pow(z * *difference.sd / needed, 2);
  if (!(bound < static_cast<double>(kMostSeeds))) return std::nullopt;
  const auto total = first_number(std::max(difference.n, static_cast<std::size_t>(bound)), kMostSeeds, decides);
  if (!total) return std::nullopt;
  return *total - difference.n;
}

std::vector<Comparison> compare(const std::vector<std::vector<double>>& differences, double margin, double confidence) {
  std::vector<Comparison> result;
  std::vector<double> p;
  if (differences.empty()) return result;
  const double each = bonferroni_confidence(differences.size(), confidence);
  for (const auto& values : differences) {
    Comparison comparison;
    comparison.difference = estimate(values, each);
    if (const std::optional<TTest> test = t_test(comparison.difference)) comparison.p = test->p;
    p.push_back(comparison.p.value_or(1));
    result.push_back(comparison);
  }
  const std::vector<double> adjusted = holm(p);
  for (std::size_t i = 0; i < result.size(); ++i) {
    Comparison& comparison = result[i];
    if (comparison.p) comparison.adjusted_p = adjusted[i];
    comparison.verdict = verdict(comparison.difference, margin, comparison.adjusted_p, 1 - confidence);
    if (comparison.verdict == Verdict::undecided)
      comparison.further_seeds = further_seeds(comparison.difference, margin, each);
  }
  return result;
}

}  // namespace bnexp::stats
