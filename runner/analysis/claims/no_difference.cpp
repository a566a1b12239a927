// A claim of kind no_difference: the two sides differ by less than a margin.
// Decided by the t interval of the differences, which does the work of two one-sided tests at half the error.
#include <fmt/format.h>

#include "analysis/claim_failures.h"
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
      if (const auto failures = unequal_failures(evidence, pair, measured, confidence)) {
        Answer by_rate{.why = failures->why, .n = failures->seeds};
        if (failures->is_sure) by_rate.decision = Decision::refuted;
        return by_rate;
      }
      Answer one = from_differences(evidence, pair, measured, confidence, {.at_least = -margin, .at_most = {}},
                                    comparison_text(pair, measured));
      if (!one.low) return one;
      const bool within = *one.low > -margin && *one.high < margin;
      const bool beyond = *one.low >= margin || *one.high <= -margin;
      one.decision = within ? Decision::confirmed : beyond ? Decision::refuted : Decision::inconclusive;
      one.why = one.why.substr(0, one.why.rfind("claimed:")) +
                fmt::format("claimed: between \u2212{0} and {0}.{1}", number_text(margin), ok_only_text(pair));
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
