// Small helpers for text shown to people.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace bnexp {

// The candidate nearest to `name` by edit distance, or "" when none is near enough to be a typo.
std::string nearest(std::string_view name, const std::vector<std::string>& candidates);

// `text` in lines of at most `width` characters, broken at spaces. A longer word has a line of its own.
std::vector<std::string> wrapped(std::string_view text, std::size_t width);

// The number of characters of `text`, which is UTF-8.
std::size_t characters(std::string_view text);

std::string join(const std::vector<std::string>& parts, std::string_view separator);

std::string plural(std::size_t n, std::string_view noun);  // "1 trial", "3 trials"

// "1h 02m", "3m 20s", "12.3s", "45ms".
std::string human_duration(double seconds);

// The shortest decimal form that reads back as `value`: 0.1, 1e-05, 300.
std::string shortest(double value);

// Quoted for a POSIX shell, where it needs quotes.
std::string shell_quoted(const std::string& word);

// `text` on one line, safe to print on a terminal. Control characters (C0, DEL, C1), line and paragraph separators and
// bidirectional controls become escapes such as \n, \x1b and \u202e; bytes that are not UTF-8 become U+FFFD.
std::string printable(std::string_view text);

}  // namespace bnexp
