// Which learning rates train.
#pragma once

#include <string>
#include <vector>

#include "analysis/results.h"

namespace bnexp::analysis {

using store::Thresholds;

inline constexpr double kChanceMargin = 0.02;  // accuracies this close to chance count as chance

bool at_chance(const Trial& trial, const Thresholds& thresholds);

// The trial ended ok and above Thresholds::trains.
bool trains(const Trial& trial, const Thresholds& thresholds);

// The swept learning rate, if any.
const Key* learning_rate(const Results& results);

// The learning rates that train, for one combination of the other swept keys.
struct UsableRange {
  std::string label;              // "norm=batch"; empty when only the rate is swept
  std::size_t rates = 0;          // planned
  double highest = 0;             // of these
  std::vector<double> usable;     // every planned trial ok and above Thresholds::trains, ascending
  std::vector<double> undecided;  // no trial failed the criterion, but some are missing or failed before the end
};
std::vector<UsableRange> usable_ranges(const Results& results, const Thresholds& thresholds);

}  // namespace bnexp::analysis
