// Claims about arms that fail, or never reach an accuracy: these trials have no number and are worse than any.
#pragma once

#include <optional>
#include <string>

#include "analysis/claim.h"
#include "analysis/claim_sides.h"
#include "analysis/pairs.h"

namespace bnexp::analysis {

// Two arms that fail unequally often. A mean of the other trials decides nothing then: the answer is about the rates of
// failure, by Fisher's exact test, or by the sign test that holds at every look (analysis/looks.h).
struct UnequalFailures {
  bool is_sure = false;   // the rates differ at 1 - confidence
  bool is_lower = false;  // the metric of pair.arm: it fails more often, and larger is better; or less often
  std::string why;        // a sentence
  std::size_t seeds = 0;

  // A claim that the arm's metric, less (or divided by) the other's, is beyond the bound; `neutral` is the number that
  // stands for no difference. Failures say which side is ahead, and not by how much.
  Answer decide(const Bound& bound, double neutral) const;
};

// nullopt if both fail equally often. Of a number of a probe, none is the worst: failures are never sure to decide.
std::optional<UnequalFailures> unequal_failures(const Evidence& evidence, const Pair& pair, const Metric& metric,
                                                double confidence);

}  // namespace bnexp::analysis
