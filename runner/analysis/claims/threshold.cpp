// A claim of kind threshold: each arm's mean of a metric is at least (at most) a number, or that of the best arm.
// Decided by the t interval of the mean over seeds, adjusted for the number of arms. A failed trial counts as an
// accuracy of 0.
#include <fmt/format.h>

#include "analysis/claim_sides.h"
#include "analysis/ranking.h"
#include "base/text.h"

namespace bnexp::analysis {
namespace {

struct Threshold : Claim {
  Json arms = Json::object();
  std::string metric = "test_accuracy";
  std::string setting = "each";
  Bound bound;

  void fields(config::Fields& f) {
    Claim::fields(f);
    f.add("arms", arms, config::type::selection(), "the arms that the claim is about; by default every arm");
    f.add("metric", metric, config::type::metric(), "a metric, or a number of a probe");
    f.choice("setting", setting, {"each", "best"}, "each: of every arm; best: of the best arm, by validation accuracy");
    bound.fields(f, "each arm's mean is at least this, in percent for accuracies",
                 "each arm's mean is at most this, in percent for accuracies");
  }

  // A failure is no accuracy, and the best arm is not one that fails.
  std::vector<const Arm*> may_fail(const Evidence& evidence) const {
    return bound.at_most || setting == "best" ? evidence.select(arms) : std::vector<const Arm*>{};
  }

  void decide(const Evidence& evidence, ClaimAnswer& answer) const {
    const Metric measured(metric, evidence.thresholds);
    std::vector<Pair> family;
    auto selected = evidence.select(arms);
    if (setting == "best") {
      const auto ranked = rank(selected).arms;
      if (!ranked.empty()) selected = {ranked.front()};
    }
    for (const Arm* arm : selected) family.push_back({arm->label, arm, nullptr});
    answer.answer = for_each(
        family, [&](const Pair& one, double confidence) { return of_arm(evidence, measured, *one.arm, confidence); });
  }

 private:
  // A failed trial counts as an accuracy of 0, the worst. Other metrics have no worst value.
  Answer of_arm(const Evidence& evidence, const Metric& measured, const Arm& arm, double confidence) const {
    const stats::Count missed = measured.missed(arm);
    const std::string failures =
        fmt::format("{} of {} of {} failed", missed.events, plural(missed.n, "trial"), arm.label);
    if (missed.events > 0 && !measured.is_accuracy()) {
      return {.why = failures + ", so the numbers of the others decide nothing.", .n = missed.n};
    }
    if (missed.events > 0 && missed.events == missed.n) {
      return {.decision = bound.decide(0, 0),
              .why = fmt::format("All {} of {} failed, which counts as the worst {}.", plural(missed.n, "trial"),
                                 arm.label, measured.words()),
              .n = missed.n};
    }
    std::vector<double> values;
    for (const auto& [seed, value] : measured.by_seed(arm)) values.push_back(value);
    values.insert(values.end(), missed.events, 0.0);
    Answer answer =
        from_estimate(estimate(values, evidence.looks, confidence).scaled(measured.scale()), bound,
                      measured.words() + " of " + arm.label, measured.is_accuracy() ? "%" : measured.unit());
    if (missed.events > 0) answer.why += fmt::format(" {} and count as 0 %.", failures);
    return answer;
  }
};

const bool kAdded = add_claim<Threshold>(
    "threshold", {.summary = "Each arm's mean of a metric is on one side of a number.",
                  .formula = "confirmed: the 95 % t interval of the mean over seeds is beyond the number",
                  .source = "Student 1908"});

}  // namespace
}  // namespace bnexp::analysis
