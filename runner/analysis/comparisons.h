// Comparisons of arms: which learning rates train, and what one swept key changes, all else equal.
#pragma once

#include <string>
#include <vector>

#include "analysis/results.h"

namespace bnexp::analysis {

using store::Thresholds;

inline constexpr double kChanceMargin = 0.02;  // accuracies this close to chance count as chance

bool at_chance(const Trial& trial, const Thresholds& thresholds);

// The swept learning rate, if any.
const Key* learning_rate(const Results& results);

// The learning rates that train, for one combination of the other swept keys.
struct UsableRange {
  std::string label;              // "norm=batch"; empty when only the rate is swept
  std::size_t rates = 0;          // planned
  std::vector<double> usable;     // every planned trial ok and above Thresholds::trains, ascending
  std::vector<double> undecided;  // no trial failed the criterion, but some have no final record
};
std::vector<UsableRange> usable_ranges(const Results& results, const Thresholds& thresholds);

// One level of a swept key compared with its first level (or "none"), everything else equal.
struct Contrast {
  std::string where;     // "lr=0.1"
  std::string level;     // "batch"
  std::string baseline;  // "none"
  const Arm* arm = nullptr;
  const Arm* base = nullptr;
  stats::Estimate difference;
};
// Empty unless two keys or more are swept.
std::vector<Contrast> contrasts(const Results& results);

// The key whose levels are compared in contrasts: names before numbers, then the fewer levels.
const Key* contrast_key(const Results& results);

}  // namespace bnexp::analysis
