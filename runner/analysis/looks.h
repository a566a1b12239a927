// Adding seeds until comparisons are decided: what is decided after each look, and which seeds are still needed. All of
// it follows from the records, so that a run that was interrupted, or several at once, come to the same decisions.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

#include "analysis/metric.h"
#include "analysis/pairs.h"
#include "analysis/results.h"
#include "stats/proportion.h"
#include "stats/sequential.h"
#include "stats/verdict.h"
#include "store/plan.h"

namespace bnexp::analysis {

using store::Looks;

// The mean of one value per seed, with Student's interval; where seeds were added by looking, with the confidence
// sequence, which holds at every look. It has no interval with fewer than 5 seeds at 95 %.
stats::Estimate estimate(const std::vector<double>& values, const std::optional<Looks>& looks,
                         double confidence = stats::kConfidence);

// A comparison as it was decided: at the look that decided it, else at the last. A look at which both arms have failed
// equally often is decided by the anytime-valid t test and its confidence sequence; one at which they haven't, by the
// sign test of the seeds at which only one of them failed. Both hold at every look (stats/sequential.h), and their
// level is divided by the number of comparisons (Bonferroni).
struct Looked {
  stats::Estimate difference;  // of the seeds at which neither failed, with its confidence sequence; as shown
  std::optional<double> p;
  std::optional<double> adjusted_p;
  stats::Verdict verdict = stats::Verdict::undecided;
  std::size_t seeds = 0;                     // at that look
  stats::Count failures, baseline_failures;  // Metric::missed
  bool by_failures = false;                  // they differ: verdict and p are about them
  bool is_decided() const { return verdict != stats::Verdict::undecided; }
};

// The number of seeds at the first look: fewer than three decide nothing.
inline std::size_t first_look(const Looks& looks) { return std::max(looks.first, stats::kFirstLook); }

// Looks after first_look(looks) seeds and after each further one that both arms have, until the comparison is decided.
Looked look(const Pair& pair, const Metric& metric, double margin, const Looks& looks, std::size_t comparisons);

// How many seeds each arm needs, in the order of the arms: those of its longest undecided comparison and one more, at
// most `looks.most`. Equal to what it has where nothing more is needed.
std::vector<std::size_t> seeds_needed(const Results& results, const std::vector<Pair>& pairs,
                                      const std::vector<Looked>& looked, const Looks& looks);

}  // namespace bnexp::analysis
