#include "base/own_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>

#include "base/descriptor.h"
#include "base/write_all.h"

namespace bnexp {
namespace {

using Clock = std::chrono::steady_clock;

constexpr char kEnd = '\0';     // after the result
constexpr char kThrown = '\1';  // after the text of an exception

// Numbers and structure of linux/landlock.h, which older systems lack; the system calls' numbers are those of every
// architecture.
constexpr long kLandlockCreateRuleset = 444;
constexpr long kLandlockRestrictSelf = 446;
constexpr std::uint32_t kLandlockVersion = 1;         // a flag: return the interface's version
constexpr std::uint64_t kWriteFile = 1u << 1;         // open for writing
constexpr std::uint64_t kRemoveAndMake = 0x1ff << 4;  // remove a folder or file; make one of seven kinds
constexpr std::uint64_t kTruncate = 1u << 14;         // from version 3
struct LandlockRuleset {
  std::uint64_t handled_access_fs;
};

[[noreturn]] void answer(int output, const std::function<std::string()>& ask, const ProcessLimits& limits,
                         pid_t parent) noexcept {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);  // the parent ended before the line above
  if (!limits.may_change_files) {
    forbid_changing_files();
    // CUDA's device files can't be opened either.
    setenv("CUDA_VISIBLE_DEVICES", "", /*overwrite=*/1);
  }
  std::string text;
  try {
    text = ask() + kEnd;
  } catch (const std::exception& error) {
    text = std::string(error.what()) + kThrown;
  }
  if (write_all(output, text) != 0) _exit(1);
  std::fflush(nullptr);
  _exit(0);
}

// Reads to the end; false when `limits.time` is over first.
bool read_all(int input, const ProcessLimits& limits, std::string& text) {
  const auto end = Clock::now() + limits.time;
  std::array<char, 4096> chunk;
  for (;;) {
    if (limits.time.count() > 0) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
      pollfd ready{input, POLLIN, 0};
      const int count = left > 0 ? poll(&ready, 1, static_cast<int>(left)) : 0;
      if (count == 0) return false;
      if (count < 0) continue;  // interrupted
    }
    const ssize_t count = read(input, chunk.data(), chunk.size());
    if (count > 0) text.append(chunk.data(), static_cast<std::size_t>(count));
    if (count == 0 || (count < 0 && errno != EINTR)) return true;
  }
}

Error cannot_start(const std::string& what, int code) {
  return environment_error(fmt::format("{}: cannot start a process: {}", what, std::strerror(code)),
                           "check the limits on processes, open files and memory (ulimit -a)");
}

std::string ending(int status) {
  if (!WIFSIGNALED(status)) return fmt::format("exit code {}", WEXITSTATUS(status));
  return fmt::format("signal {} ({})", WTERMSIG(status), strsignal(WTERMSIG(status)));
}

}  // namespace

std::string in_own_process(const std::string& what, const std::function<std::string()>& ask,
                           const ProcessLimits& limits) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw cannot_start(what, errno);
  const Descriptor input(ends[0]);
  Descriptor output(ends[1]);
  std::fflush(nullptr);  // else the child would write it too
  const pid_t parent = getpid();
  const pid_t process = fork();
  if (process == 0) answer(output.get(), ask, limits, parent);
  if (process < 0) throw cannot_start(what, errno);
  output.close();
  std::string text;
  const bool in_time = read_all(input.get(), limits, text);
  if (!in_time) kill(process, SIGKILL);
  const int status = wait_for(process);
  if (!in_time) {
    throw NoAnswer(ExitCode::environment, fmt::format("{} does not end within {} seconds", what,
                                                      std::chrono::duration<double>(limits.time).count()));
  }
  if (text.ends_with(kThrown)) {
    text.pop_back();
    throw NoAnswer(ExitCode::environment, fmt::format("{}: {}", what, text));
  }
  if (!text.ends_with(kEnd)) {
    throw NoAnswer(ExitCode::environment, fmt::format("{} ends its process: {}", what, ending(status)),
                   "check the limits on memory (ulimit -a)");
  }
  text.pop_back();
  return text;
}

bool forbid_changing_files() {
  const long version = syscall(kLandlockCreateRuleset, nullptr, 0, kLandlockVersion);
  if (version < 1) return false;
  const LandlockRuleset ruleset{kWriteFile | kRemoveAndMake | (version >= 3 ? kTruncate : 0)};
  const Descriptor rules(static_cast<int>(syscall(kLandlockCreateRuleset, &ruleset, sizeof ruleset, 0)));
  return rules && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && syscall(kLandlockRestrictSelf, rules.get(), 0) == 0;
}

int wait_for(pid_t process) {
  int status = 0;
  while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

}  // namespace bnexp
