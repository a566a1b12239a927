// Comparisons of arms with a baseline, paired by seed: at equal settings, and each at its best setting.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/looks.h"
#include "analysis/metric.h"
#include "analysis/pairs.h"
#include "analysis/results.h"
#include "config/suite/head.h"
#include "stats/effect_size.h"
#include "stats/proportion.h"
#include "stats/sign_flip.h"
#include "stats/verdict.h"

namespace bnexp::analysis {

// One arm against its baseline. Differences are as shown: in points for accuracies.
struct Compared : Pair {
  std::string level;     // what the arm has instead: "batch"
  std::string baseline;  // "none"
  stats::Comparison statistics;
  std::optional<stats::EffectSize> effect_size;
  stats::SignFlipTest sign_flip;
  stats::Count failures, baseline_failures;  // Metric::missed
  // Failures differ between the two, so that a mean of the others decides nothing: the verdict and p are about the
  // rates of failure.
  bool by_failures = false;
  std::size_t looks = 0;  // how often seeds were added and looked at; 0: once, after a fixed number
};

struct Comparisons {
  Metric metric;
  double margin = 0;           // as shown
  std::string baseline;        // "norm=none"; empty if there is nothing to compare
  std::optional<Looks> looks;  // seeds were added until `matched` was decided; both views have what holds at every look
  std::vector<std::size_t> seeds_needed;  // of each arm, for the next look; empty without looks
  std::vector<Compared> matched;          // at equal settings; one family of tests
  std::vector<Compared> best;             // each at its best setting; one family; empty if only one setting exists
};

// The key whose levels are compared unless the suite names a baseline: names before numbers, then the fewer levels, and
// the learning rate last. Null if nothing is swept.
const Key* contrast_key(const Results& results);

// The level of that key that is the baseline: "none", else the first.
std::size_t baseline_level(const Key& key);

Comparisons compare(const Results& results, const config::CompareSpec& spec, const Thresholds& thresholds,
                    const std::optional<Looks>& looks = {});

}  // namespace bnexp::analysis
