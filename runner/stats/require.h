// What the procedures of this room demand of their arguments.
#pragma once

#include <stdexcept>

namespace bnexp::stats {

// Throws std::invalid_argument, a programming error, unless `holds`.
inline void require(bool holds, const char* message) {
  if (!holds) throw std::invalid_argument(message);
}

}  // namespace bnexp::stats
