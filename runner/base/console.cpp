#include "base/console.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "base/text.h"
#include "base/write_all.h"

namespace bnexp::console {
namespace {

constexpr std::size_t kBufferBytes = 1 << 16;

std::string buffer;     // not yet written to standard output
int first_failure = 0;  // an errno

void flush() {
  const int failure = write_all(STDOUT_FILENO, buffer);
  if (first_failure == 0) first_failure = failure;
  buffer.clear();
}

}  // namespace

void open() {
  for (const int number : {SIGPIPE, SIGXFSZ}) signal(number, SIG_IGN);
  signal(SIGCHLD, SIG_DFL);
  // open(2) gives the lowest free number. Each descriptor is opened for the opposite use, so that any use of it fails.
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(descriptor, F_GETFD) < 0) ::open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY);
  }
}

void write(std::string_view text) {
  static const bool is_watched = isatty(STDOUT_FILENO) != 0;
  buffer += text;
  if (is_watched || buffer.size() >= kBufferBytes) flush();
}

std::string safe_lines(std::string_view text) {
  std::string safe;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    safe += printable(text.substr(begin, end - begin));
    if (end < text.size()) safe += '\n';
    begin = end + 1;
  }
  return safe;
}

void write_note(std::string_view text) { write_all(STDERR_FILENO, text); }

std::optional<int> close_output() {
  flush();
  // Some network file systems report a full disk only here.
  if (close(STDOUT_FILENO) != 0 && first_failure == 0) first_failure = errno;
  return first_failure == 0 ? std::nullopt : std::optional(first_failure);
}

}  // namespace bnexp::console
