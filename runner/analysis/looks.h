// Adding seeds until comparisons are decided: what is decided after each look, and which seeds are still needed. All of
// it follows from the records, so that a run that was interrupted, or several at once, come to the same decisions.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "analysis/metric.h"
#include "analysis/pairs.h"
#include "analysis/results.h"
#include "stats/verdict.h"
#include "store/plan.h"

namespace bnexp::analysis {

using store::Looks;

// A comparison as it was decided, by the anytime-valid t test and its confidence sequence (stats/sequential.h), which
// hold at every look. The level is divided by the number of comparisons (Bonferroni).
struct Looked {
  stats::Estimate difference;  // with its confidence sequence, at the look that decided it, else at the last; as shown
  std::optional<double> p;
  std::optional<double> adjusted_p;
  stats::Verdict verdict = stats::Verdict::undecided;
  std::size_t seeds = 0;  // at that look
  bool failed = false;    // a trial of either arm failed: more seeds would not decide the comparison of means
  bool is_decided() const { return failed || verdict != stats::Verdict::undecided; }
};

// Looks after `looks.first` seeds and after each further one that both arms have, until the comparison is decided.
Looked look(const Pair& pair, const Metric& metric, double margin, const Looks& looks, std::size_t comparisons);

// How many seeds each arm needs, in the order of the arms: those of its longest undecided comparison and one more, at
// most `looks.most`. Equal to what it has where nothing more is needed.
std::vector<std::size_t> seeds_needed(const Results& results, const std::vector<Pair>& pairs,
                                      const std::vector<Looked>& looked, const Looks& looks);

}  // namespace bnexp::analysis
