// Points in time as text.
#pragma once

#include <chrono>
#include <string>

namespace bnexp {

// "2026-01-02T03:04:05Z"
std::string utc_text(std::chrono::system_clock::time_point time);

}  // namespace bnexp
