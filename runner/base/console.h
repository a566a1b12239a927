// Text on standard output and standard error. Either may be full, closed, or a pipe without a reader. No function
// throws: work continues, and `close_output` returns at the end whether the output was written.
#pragma once

#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace bnexp::console {

// Call this first in main. It opens standard descriptors that the caller has closed, so that no file or socket gets
// their numbers; writing to one of them fails. Writing to a closed pipe, or past the limit on file sizes, then fails
// instead of ending the process by SIGPIPE or SIGXFSZ. SIGCHLD gets its default action: with SIGCHLD ignored, the exit
// status of a child would be lost.
void open();

// Adds `text` to standard output, byte for byte.
void write(std::string_view text);

// Writes `text` to standard error at once, byte for byte, or drops it where that is not possible.
void write_note(std::string_view text);

// `text` made safe for a terminal: each line `printable`. Names and messages in it may come from any file.
std::string safe_lines(std::string_view text);

// The program's output, for people.
template <class... Arguments>
void print(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  write(safe_lines(fmt::format(format, std::forward<Arguments>(arguments)...)));
}

// Progress and remarks.
template <class... Arguments>
void note(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  write_note(safe_lines(fmt::format(format, std::forward<Arguments>(arguments)...)));
}

// Flushes and closes standard output. Returns the errno of the first write that failed, or nullopt when all output was
// written.
std::optional<int> close_output();

}  // namespace bnexp::console
