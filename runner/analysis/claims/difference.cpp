// A claim of kind difference: the arms' metric exceeds the others' by at least (at most) a margin.
// Decided by the t interval of the differences, paired by seed.
#include "analysis/claim_sides.h"

namespace bnexp::analysis {
namespace {

struct Difference : TwoSides {
  Bound bound;

  void fields(config::Fields& f) {
    TwoSides::fields(f);
    bound.fields(f, "the difference arms - against is at least this, in points for accuracies",
                 "the difference arms - against is at most this, in points for accuracies");
  }

  void decide(const Evidence& evidence, ClaimAnswer& answer) const {
    decide_both(evidence, answer, [&](const Pair& pair, const Metric& measured, double confidence) {
      return from_differences(evidence, pair, measured, confidence, bound, comparison_text(pair, measured));
    });
  }
};

const bool kAdded = add_claim<Difference>(
    "difference", {.summary = "The mean difference of a metric, paired by seed, is on one side of a number.",
                   .formula = "confirmed: the 95 % t interval of mean(arms - against) is beyond the number",
                   .source = "Student 1908, \"The probable error of a mean\""});

}  // namespace
}  // namespace bnexp::analysis
