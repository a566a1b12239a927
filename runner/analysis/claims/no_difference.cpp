// A claim of kind no_difference: the two sides differ by less than a margin.
// Decided by the t interval of the differences, which does the work of two one-sided tests at half the error.
#include <fmt/format.h>

#include "analysis/claim_sides.h"

namespace bnexp::analysis {
namespace {

struct NoDifference : TwoSides {
  double margin = 0.2;

  void fields(config::Fields& f) {
    TwoSides::fields(f);
    f.real("margin", margin, config::above(0), "a smaller difference does not matter; in points for accuracies");
  }

  void decide(const Evidence& evidence, ClaimAnswer& answer) const {
    decide_both(evidence, answer, [&](const Pair& pair, const Metric& measured, double confidence) {
      if (auto failed = unless_failed(pair)) return *failed;
      const auto values = differences(pair, measured);
      if (!values) return Answer{.why = "Some trials never reach the accuracy, so there is no mean difference."};
      const stats::Estimate estimate = stats::estimate(*values, confidence);
      Answer one =
          from_estimate(estimate, {.at_least = -margin, .at_most = {}},
                        measured.words() + ", " + pair.arm->label + " against " + pair.base->label, measured.unit());
      if (!one.low) return one;
      const bool within = *one.low > -margin && *one.high < margin;
      const bool beyond = *one.low >= margin || *one.high <= -margin;
      one.decision = within ? Decision::confirmed : beyond ? Decision::refuted : Decision::inconclusive;
      one.why = one.why.substr(0, one.why.rfind("claimed:")) +
                fmt::format("claimed: between \u2212{0} and {0}.", number_text(margin));
      return one;
    });
  }
};

const bool kAdded = add_claim<NoDifference>(
    "no_difference", {.summary = "A metric of the two sides differs by less than a margin.",
                      .formula = "confirmed: the 95 % t interval of mean(arms - against) is within (-margin, margin)",
                      .source = "Schuirmann 1987, two one-sided tests"});

}  // namespace
}  // namespace bnexp::analysis
