#include "base/own_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/error.h"
#include "base/write_all.h"

namespace bnexp {
namespace {

constexpr char kEnd = '\0';  // after the answer

[[noreturn]] void answer(int output, const std::function<std::string()>& ask) noexcept {
  const std::string text = ask() + kEnd;
  if (write_all(output, text) != 0) _exit(1);
  std::fflush(nullptr);
  _exit(0);
}

std::string read_all(int input) {
  std::string text;
  std::array<char, 4096> chunk;
  for (;;) {
    const ssize_t count = read(input, chunk.data(), chunk.size());
    if (count > 0) text.append(chunk.data(), static_cast<std::size_t>(count));
    if (count == 0 || (count < 0 && errno != EINTR)) return text;
  }
}

Error cannot_ask(const std::string& what, const std::string& why) {
  return environment_error(fmt::format("{}: cannot be found out: {}", what, why),
                           "look at the limits on processes, open files and memory (ulimit -a)");
}

}  // namespace

std::string in_own_process(const std::string& what, const std::function<std::string()>& ask) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw cannot_ask(what, std::strerror(errno));
  std::fflush(nullptr);  // or the other has it too
  const pid_t process = fork();
  if (process == 0) answer(ends[1], ask);
  const int failure = errno;
  close(ends[1]);
  std::string text = process > 0 ? read_all(ends[0]) : "";
  close(ends[0]);
  if (process < 0) throw cannot_ask(what, std::strerror(failure));
  const int status = wait_for(process);
  if (!text.ends_with(kEnd)) {
    throw cannot_ask(what, WIFSIGNALED(status)
                               ? fmt::format("signal {} ({})", WTERMSIG(status), strsignal(WTERMSIG(status)))
                               : fmt::format("exit code {}", WEXITSTATUS(status)));
  }
  text.pop_back();
  return text;
}

int wait_for(pid_t process) {
  int status = 0;
  while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

}  // namespace bnexp
