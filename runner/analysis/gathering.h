// The steps of `gather`.
#pragma once

#include <string>
#include <vector>

#include "analysis/results.h"

namespace bnexp::analysis {

// The keys of `swept` with two levels or more. Those of `zipped`, which vary together, are one key: its level is added
// to the values of the arms as text, "batch_size=8, lr=0.0125".
std::vector<Key> find_keys(const std::vector<std::string>& swept, const std::vector<std::string>& zipped,
                           std::vector<Arm>& arms);

// Fills arms, keys and name from the records alone: one arm per distinct settings (without the seed) and data set.
void derive_arms(Results& results);

}  // namespace bnexp::analysis
