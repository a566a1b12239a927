// Which arm is best, how far the others are behind, which learning rates train: decided seed by seed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "report/results.h"

namespace bnexp::report {

inline constexpr double kChance = 0.1;         // ten classes
inline constexpr double kChanceMargin = 0.02;  // an accuracy this near to chance has learnt nothing
inline constexpr double kTrains = 0.9;         // test accuracy above which a learning rate counts as usable

// Arms from best to worst. Ranked by mean validation accuracy where every candidate has one, so that the test set is
// looked at only once, else by mean test accuracy. Arms without a failed trial go first: an accuracy over the
// survivors alone isn't comparable. Arms without an ok trial aren't ranked.
struct Ranking {
  std::vector<const Arm*> arms;
  bool by_validation = false;
};
Ranking rank(const std::vector<const Arm*>& arms);

std::vector<const Arm*> all_arms(const Results& results);

// a - b in test accuracy, paired by seed.
Estimate difference(const Arm& a, const Arm& b);

bool at_chance(const Trial& trial);

// The swept learning rate, if any.
const Key* learning_rate(const Results& results);

// The learning rates that train, for one combination of the other swept keys.
struct UsableRange {
  std::string label;              // "norm=batch"; empty when only the rate is swept
  std::size_t rates = 0;          // planned
  std::vector<double> usable;     // every planned trial ok and above kTrains, ascending
  std::vector<double> undecided;  // no trial fell short, but some have no final record
};
std::vector<UsableRange> usable_ranges(const Results& results);

// One swept key's level against its first level (or "none"), everything else equal.
struct Contrast {
  std::string where;     // "lr=0.1"
  std::string level;     // "batch"
  std::string baseline;  // "none"
  const Arm* arm = nullptr;
  const Arm* base = nullptr;
  Estimate difference;
};
// Empty unless two keys or more are swept.
std::vector<Contrast> contrasts(const Results& results);

// The key whose levels are told apart, in contrasts and by colour: names before numbers, then the fewer levels.
const Key* contrast_key(const Results& results);

}  // namespace bnexp::report
