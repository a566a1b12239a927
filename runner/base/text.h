// Small helpers for text shown to people.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bnexp {

// The candidate nearest to `name` by edit distance, or "" when none is near enough to be a typo.
std::string nearest(std::string_view name, const std::vector<std::string>& candidates);

std::string join(const std::vector<std::string>& parts, std::string_view separator);

// "1h 02m", "3m 20s", "12.3s", "45ms".
std::string human_duration(double seconds);

// The shortest decimal form that reads back as `value`: 0.1, 1e-05, 300.
std::string shortest(double value);

// `text` on one line, safe to print on a terminal. Control characters (C0, DEL, C1), line and paragraph separators and
// bidirectional controls become escapes such as \n, \x1b and \u202e; bytes that are not UTF-8 become U+FFFD.
std::string printable(std::string_view text);

}  // namespace bnexp
