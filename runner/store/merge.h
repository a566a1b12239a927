// One store from several, such as parts of a sweep that were trained on different machines.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "store/store.h"

namespace bnexp::store {

struct Merged {
  std::size_t copied = 0;   // records that `into` did not have, or not finished
  std::size_t present = 0;  // that it had, with the same bits
};

// Why the stores can't be merged: one sentence for each reason; empty if they can be. Plans must ask about the same
// keys; two records of one trial must be equal in all that is not context or timing.
std::vector<std::string> conflicts(const std::vector<Store>& stores);

// Writes the records, kept weights and the union of the plans of `stores`, which must have no conflicts, into `into`.
// The record of a finished trial wins over another one. Checkpoints and leases stay behind. Throws Error(environment).
Merged merge(const std::vector<Store>& stores, const Store& into);

}  // namespace bnexp::store
