#include "exec/summary.h"

#include <algorithm>

namespace bnexp::exec {

std::size_t Summary::missing() const {
  std::size_t recorded = 0;
  for (const auto& [status, count] : statuses) recorded += count;
  return planned - recorded;
}

std::size_t Summary::need_retry() const {
  std::size_t trials = 0;
  for (const auto& [status, count] : statuses) {
    if (!train::is_final(status) && status != train::Status::interrupted) trials += count;
  }
  return trials;
}

bool Summary::all_ok() const {
  const auto ok = statuses.find(train::Status::ok);
  return planned == (ok == statuses.end() ? 0 : ok->second);
}

bool Summary::all_final() const {
  return std::ranges::all_of(statuses, [](const auto& one) { return train::is_final(one.first); });
}

}  // namespace bnexp::exec
