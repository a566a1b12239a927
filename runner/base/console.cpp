#include "base/console.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>

namespace bnexp::console {
namespace {

std::atomic<int> first_failure = 0;  // an errno

void failed(int code) {
  int none = 0;
  first_failure.compare_exchange_strong(none, code);
}

}  // namespace

void open() {
  signal(SIGPIPE, SIG_IGN);
  // open(2) gives the lowest free number. Each is opened for what it is not used for: a use of it is an error.
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(descriptor, F_GETFD) < 0) ::open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY);
  }
}

void write(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) failed(errno);
}

void write_note(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stderr); }

std::optional<int> close_output() {
  if (std::fflush(stdout) != 0) failed(errno);
  // Some network file systems say only now that there is no room.
  if (close(STDOUT_FILENO) != 0) failed(errno);
  if (const int code = first_failure) return code;
  return std::nullopt;
}

}  // namespace bnexp::console
