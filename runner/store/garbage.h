// Files of a store that nothing needs any more.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "store/store.h"

namespace bnexp::store {

struct Garbage {
  std::filesystem::path file;
  std::string why;  // "a temporary file of a process that is gone"
  std::uint64_t bytes = 0;
};

// Temporary files of processes that are gone, leases that have expired, and checkpoints of trials that are finished or
// that the plan does not have. With `unplanned` also records and weights that the plan does not have; this needs a
// plan. Without one, no checkpoint counts as unplanned. Throws Error(environment).
std::vector<Garbage> garbage(const Store& store, bool unplanned);

// Throws Error(environment) for the first file that can't be removed.
void remove(const std::vector<Garbage>& files);

}  // namespace bnexp::store
