// A claim of kind threshold: each arm's mean of a metric is at least (at most) a number, or that of the best arm.
// Decided by the t interval of the mean over seeds, adjusted for the number of arms. An arm whose trials all fail has
// the worst accuracy.
#include <fmt/format.h>

#include <algorithm>

#include "analysis/claim_sides.h"
#include "analysis/ranking.h"

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
      selected = rank(selected).arms;
      selected.resize(std::min<std::size_t>(selected.size(), 1));
    }
    for (const Arm* arm : selected) family.push_back({arm->label, arm, nullptr});
    answer.answer = for_each(family, [&](const Pair& one, double confidence) {
      const std::size_t trials = one.arm->trials.size();
      if (bound.at_most && measured.larger_is_better() && trials > 0 && one.arm->failed() == trials) {
        return Answer{.decision = Decision::confirmed,
                      .why = fmt::format("All {} trials of {} failed, which counts as the worst {}.", trials,
                                         one.arm->label, measured.words()),
                      .n = trials};
      }
      if (auto failed = unless_failed(one)) return *failed;
      std::vector<double> values;
      for (const auto& [seed, value] : measured.by_seed(*one.arm)) values.push_back(value);
      return from_estimate(estimate(values, evidence.looks, confidence).scaled(measured.scale()), bound,
                           measured.words() + " of " + one.arm->label, measured.is_accuracy() ? "%" : measured.unit());
    });
  }
};

const bool kAdded = add_claim<Threshold>(
    "threshold", {.summary = "Each arm's mean of a metric is on one side of a number.",
                  .formula = "confirmed: the 95 % t interval of the mean over seeds is beyond the number",
                  .source = "Student 1908"});

}  // namespace
}  // namespace bnexp::analysis
