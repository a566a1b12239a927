// Search for the smallest number for which something holds.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>

namespace bnexp::stats {

// The smallest number in [from, to] for which `holds`, which also holds for every larger one; none if it holds for
// none. Calls it about 2 log2(result) times.
template <typename Holds>
std::optional<std::size_t> first_number(std::size_t from, std::size_t to, const Holds& holds) {
  std::size_t low = from, high = from;  // the result is not below low
  for (std::size_t step = 1; !holds(high); step *= 2) {
    if (high >= to) return std::nullopt;
    low = high + 1;
    high = std::min(to, high + step);
  }
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    if (holds(middle)) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return high;
}

}  // namespace bnexp::stats
