// Which arm is compared with which.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/results.h"

namespace bnexp::analysis {

// An arm and the one that it is compared with; `base` is null where a single arm is looked at.
struct Pair {
  std::string where;  // the settings that both share: "lr=0.1"; may be empty
  const Arm* arm = nullptr;
  const Arm* base = nullptr;
};

// The swept keys that `named`, dotted keys, say nothing about. "norm" and "norm.eps" say something about each other.
std::vector<const Key*> keys_not_named(const Results& results, const std::vector<std::string>& named);

// Each of `arms` with each of `bases` whose levels of `shared` are equal; an arm is not paired with itself.
std::vector<Pair> matched_pairs(const std::vector<const Arm*>& arms, const std::vector<const Arm*>& bases,
                                const std::vector<const Key*>& shared);

// The best of each side (analysis/ranking.h); nullopt if a side has no ok trial.
std::optional<Pair> best_pair(const std::vector<const Arm*>& arms, const std::vector<const Arm*>& bases);

}  // namespace bnexp::analysis
