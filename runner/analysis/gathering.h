// The steps of `gather`.
#pragma once

#include <string>
#include <vector>

#include "analysis/results.h"

namespace bnexp::analysis {

// Those of `swept` that take two levels or more.
std::vector<Key> find_keys(const std::vector<std::string>& swept, const std::vector<Arm>& arms);

// Fills arms, keys and name from the records alone: one arm for each distinct settings, seed aside, on one data set.
void derive_arms(Results& results);

}  // namespace bnexp::analysis
