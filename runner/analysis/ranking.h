// Which arm is best, and how far the others are behind, decided seed by seed.
#pragma once

#include <vector>

#include "analysis/results.h"

namespace bnexp::analysis {

// Arms from best to worst. Ranked by mean validation accuracy where every candidate has one, so that the test set is
// looked at only once, else by mean test accuracy. Arms without a failed trial go first: an accuracy over the
// survivors alone isn't comparable. Arms without an ok trial aren't ranked.
struct Ranking {
  std::vector<const Arm*> arms;
  bool by_validation = false;
};
Ranking rank(const std::vector<const Arm*>& arms);

// a - b in test accuracy, paired by seed.
stats::Estimate difference(const Arm& a, const Arm& b);

}  // namespace bnexp::analysis
