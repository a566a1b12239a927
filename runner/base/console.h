// Text on standard output and standard error, either of which may be full, closed or a pipe that nobody reads any more.
// Neither call throws: work goes on, and `close_output` says at the end what became of the output.
#pragma once

#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace bnexp::console {

// To be called first in main. Opens standard descriptors that the caller has closed, so that no file or socket gets
// their numbers; writing to one of them fails. A write to a closed pipe, or past the limit on file sizes, fails as
// well, and no longer ends the process by SIGPIPE or SIGXFSZ. SIGCHLD gets its default action: where a caller ignores
// it, the exit status of a child is lost.
void open();

// Adds `text` to standard output, byte for byte.
void write(std::string_view text);

// Writes `text` to standard error at once, byte for byte, or drops it where that is not possible.
void write_note(std::string_view text);

// `text` as a terminal may get it: each line `printable`. Names and messages in it may come from anywhere.
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

// Writes out what standard output still holds and closes it. The errno of the first write that failed, or nullopt when
// all of the output has arrived.
std::optional<int> close_output();

}  // namespace bnexp::console
