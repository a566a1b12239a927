#include "base/program.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "base/descriptor.h"
#include "base/error.h"

namespace bnexp {
namespace {

using Clock = std::chrono::steady_clock;

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) throw environment_error("cannot open a pipe", "raise ulimit -n");
    read = Descriptor(ends[0]);
    write = Descriptor(ends[1]);
  }
  Descriptor read, write;
};

// Reads what there is; false at the end.
bool append(const Descriptor& from, std::string& text) {
  std::array<char, 4096> block{};
  const ssize_t size = ::read(from.get(), block.data(), block.size());
  if (size > 0) text.append(block.data(), static_cast<std::size_t>(size));
  return size > 0 || (size < 0 && errno == EINTR);
}

}  // namespace

ProgramOutcome run_program(const std::vector<std::string>& words, std::chrono::seconds limit) {
  Pipe out, err;
  std::vector<char*> arguments;
  for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out.write.get(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err.write.get(), STDERR_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);  // a group of its own
  pid_t process = 0;
  const int failure = posix_spawnp(&process, arguments[0], &actions, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  ProgramOutcome outcome;
  if (failure == ENOENT || failure == EACCES) {
    outcome.code = 127;
    outcome.err = words[0] + ": " + std::strerror(failure);
    return outcome;
  }
  if (failure != 0) {
    throw environment_error("cannot start " + words[0] + ": " + std::strerror(failure),
                            "raise the limits on processes and memory (ulimit -a)");
  }
  out.write.close();
  err.write.close();
  const auto end = Clock::now() + limit;
  bool out_open = true, err_open = true;
  while (out_open || err_open) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
    if (left <= 0) break;
    std::array<pollfd, 2> sources{
        {{out_open ? out.read.get() : -1, POLLIN, 0}, {err_open ? err.read.get() : -1, POLLIN, 0}}};
    if (poll(sources.data(), sources.size(), static_cast<int>(std::min<long>(left, 1000))) < 0 && errno != EINTR) break;
    if (sources[0].revents != 0) out_open = append(out.read, outcome.out);
    if (sources[1].revents != 0) err_open = append(err.read, outcome.err);
  }
  if (out_open || err_open) kill(process, SIGKILL);
  int status = 0;
  while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return outcome;
}

}  // namespace bnexp
