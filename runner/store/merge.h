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
  std::size_t weights = 0;         // files copied
  std::size_t checkpoints = 0;     // the same
  std::vector<DamagedFile> aside;  // files of `into` that were not usable, by their new names
};

// Why the stores can't be merged into `into`: one sentence for each reason; empty if they can be. Their plans must be
// of parts of one sweep (one_sweep.h); two records of one trial must be equal in all that is not context or timing. The
// records of `into`, which is null if it does not exist yet, count whether or not it has a plan. Writes nothing.
std::vector<std::string> conflicts(const std::vector<Store>& stores, const Store* into);

// Writes the records, kept weights and checkpoints of `stores`, which must have no conflicts, and the union of their
// plans into `into`. The record of a finished trial wins over another one; of several checkpoints of a trial that is
// not finished, the one with the most steps wins. A damaged file of `into` is set aside before another takes its place.
// Leases stay behind. Throws Error(environment).
Merged merge(const std::vector<Store>& stores, const Store& into);

}  // namespace bnexp::store
