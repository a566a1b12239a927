// A claim of kind order: arms are ordered by a metric, from the highest to the lowest.
// Decided by the t intervals of the differences of neighbours, paired by seed and adjusted for their number.
#include <fmt/format.h>

#include "analysis/claim_sides.h"

namespace bnexp::analysis {
namespace {

struct Order : Claim {
  std::vector<Json> arms;
  std::string metric = "test_accuracy";

  void fields(config::Fields& f) {
    Claim::fields(f);
    f.add("arms", arms, config::type::list(config::type::selection(), {.least = 2}),
          "the arms from the highest to the lowest, each by its settings");
    f.add("metric", metric, config::type::metric(), "what they are ordered by: a metric, or a number of a probe");
    f.check(!arms.empty(), "arms", "a claim of kind order needs arms");
  }

  void decide(const Evidence& evidence, ClaimAnswer& answer) const {
    const Metric measured(metric, evidence.thresholds);
    std::vector<Pair> family;
    for (std::size_t i = 0; i + 1 < arms.size(); ++i) {
      auto pairs = matched_pairs(evidence, arms[i], arms[i + 1]);
      if (pairs.empty()) {
        answer.answer.why = fmt::format("No arms of {} and {} differ in nothing else.", config::selection_text(arms[i]),
                                        config::selection_text(arms[i + 1]));
        return;
      }
      for (auto& pair : pairs) {
        pair.where = pair.arm->label + " above " + pair.base->label;
        family.push_back(std::move(pair));
      }
    }
    answer.answer = for_each(family, [&](const Pair& pair, double confidence) {
      return from_differences(evidence, pair, measured, confidence, {.at_least = 0, .at_most = {}},
                              measured.words() + ", " + pair.where);
    });
  }
};

const bool kAdded =
    add_claim<Order>("order", {.summary = "Arms are ordered by a metric, from the highest to the lowest.",
                               .formula = "confirmed: the 95 % t interval of each difference of neighbours is above 0",
                               .source = ""});

}  // namespace
}  // namespace bnexp::analysis
