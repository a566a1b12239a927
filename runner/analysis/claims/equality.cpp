// A claim of kind equality: two numbers of each trial agree within a tolerance, such as a closed form and what was
// measured. Decided arm by arm, by the t interval of the relative difference over its seeds, adjusted for the number of
// arms. Without a spread, as between numbers that are equal by construction, the difference itself decides.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/claim_sides.h"

namespace bnexp::analysis {
namespace {

struct Equality : Claim {
  Json arms = Json::object();
  std::string metric;
  std::string equals;
  double within = 0;

  void fields(config::Fields& f) {
    Claim::fields(f);
    f.add("arms", arms, config::type::selection(), "the arms that the claim is about; by default every arm");
    f.add("metric", metric, config::type::metric(), "the number that was measured");
    f.add("equals", equals, config::type::metric(), "the number that it should equal");
    f.real("within", within, config::at_least(0),
           "the largest mean of (metric - equals) / |equals| of an arm, either way: 0.03 for 3 %");
    f.check(!metric.empty() && !equals.empty(), "metric", "a claim of kind equality needs metric and equals");
  }

  void decide(const Evidence& evidence, ClaimAnswer& answer) const {
    const Metric left(metric, evidence.thresholds), right(equals, evidence.thresholds);
    std::vector<Pair> family;
    for (const Arm* arm : evidence.select(arms)) family.push_back({arm->label, arm, nullptr});
    answer.answer = for_each(family, [&](const Pair& one, double confidence) {
      return of_arm(evidence, left, right, *one.arm, confidence);
    });
  }

 private:
  Answer of_arm(const Evidence& evidence, const Metric& left, const Metric& right, const Arm& arm,
                double confidence) const {
    std::vector<double> percents;
    double largest = 0;
    for (const auto& trial : arm.trials) {
      const auto a = left.of(trial), b = right.of(trial);
      if (!a || !b) continue;
      percents.push_back(*a == *b ? 0 : 100 * (*a - *b) / std::abs(*b));
      largest = std::max(largest, std::abs(percents.back()));
    }
    Answer answer{.why = {}, .unit = "%", .n = percents.size()};
    const stats::Estimate mean = estimate(percents, evidence.looks, confidence);
    if (mean.n == 0) return {.why = fmt::format("No trial of {} has both numbers.", arm.label)};
    answer.effect = mean.mean;
    const std::string size =
        fmt::format("mean relative difference of {}: {}", arm.label, amount_text(mean.mean, answer.unit));
    const bool same = largest == 0 || (mean.sd && *mean.sd == 0);
    if (!mean.half && !same) {
      answer.why = fmt::format("{} {}.", size, no_interval_text(mean));
      return answer;
    }
    answer.low = mean.low();
    answer.high = mean.high();
    const double most = 100 * within;
    if (mean.low() >= -most && mean.high() <= most) answer.decision = Decision::confirmed;
    if (mean.low() > most || mean.high() < -most) answer.decision = Decision::refuted;
    answer.why = fmt::format("{} ({}, {} seeds), the largest {}; claimed: within {} %.", size,
                             interval_text(mean.low(), mean.high(), answer.unit), mean.n,
                             amount_text(largest, answer.unit), number_text(most));
    return answer;
  }
};

const bool kAdded = add_claim<Equality>(
    "equality",
    {.summary = "Two numbers of each trial, such as a closed form and a measurement, agree.",
     .formula = "confirmed: the 95 % t interval of mean((metric - equals) / |equals|) of each arm is within it",
     .source = ""});

}  // namespace
}  // namespace bnexp::analysis
