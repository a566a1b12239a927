// One store from several, such as parts of a sweep that were trained on different machines.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "store/store.h"

namespace bnexp::store {

struct Merged {
  std::size_t copied = 0;          // records that `into` did not have, or not finished
  std::size_t present = 0;         // finished ones that it had, with the same bits
  std::vector<DamagedFile> aside;  // files of `into` that were not usable, by their new names
};

// Why the stores can't be merged into `into`: one sentence for each reason; empty if they can be. Plans must ask about
// the same keys; two records of one trial must be equal in all that is not context or timing. The records of `into`
// count whether or not it has a plan.
std::vector<std::string> conflicts(const std::vector<Store>& stores, const Store& into);

// Writes the records, kept weights and the union of the plans of `stores`, which must have no conflicts, into `into`.
// The record of a finished trial wins over another one. A damaged plan or record of `into` is set aside before another
// takes its place. Checkpoints and leases stay behind. Throws Error(environment).
Merged merge(const std::vector<Store>& stores, const Store& into);

}  // namespace bnexp::store
