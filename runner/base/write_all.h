// write(2) until everything is written.
#pragma once

#include <string_view>

namespace bnexp {

// Waits if the descriptor does not block. Returns 0, or the errno of what failed.
int write_all(int descriptor, std::string_view text);

}  // namespace bnexp
