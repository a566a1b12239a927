// The best arm, and the differences to it, paired by seed.
#pragma once

#include <vector>

#include "analysis/looks.h"
#include "analysis/results.h"

namespace bnexp::analysis {

// Arms from best to worst. Ranked by mean validation accuracy if every candidate has one, so that the test set does not
// choose the best; else by mean test accuracy. Arms without a failed trial come first: an accuracy over surviving
// trials isn't comparable. Arms without an ok trial aren't ranked.
struct Ranking {
  std::vector<const Arm*> arms;
  bool by_validation = false;
};
Ranking rank(const std::vector<const Arm*>& arms);

// a - b in test accuracy, paired by seed; with the confidence sequence where seeds were added by looking.
stats::Estimate difference(const Arm& a, const Arm& b, const std::optional<Looks>& looks = {});

}  // namespace bnexp::analysis
