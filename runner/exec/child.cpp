#include "exec/child.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <utility>

#include "base/error.h"
#include "exec/worker.h"

namespace bnexp::exec {
namespace {

// How often the kernel killed a process of this control group (version 2) for memory; 0 where it doesn't say.
std::int64_t oom_kills() {
  std::ifstream membership("/proc/self/cgroup");
  std::string group;
  for (std::string line; std::getline(membership, line);) {
    if (line.starts_with("0::")) group = line.substr(3);
  }
  for (const auto& folder : {"/sys/fs/cgroup" + group, std::string("/sys/fs/cgroup")}) {
    std::ifstream events(folder + "/memory.events");
    std::string name;
    for (std::int64_t count = 0; events >> name >> count;) {
      if (name == "oom_kill") return count;
    }
  }
  return 0;
}

const std::int64_t kOomKillsAtStart = oom_kills();

[[noreturn]] void become(const std::vector<std::string>& command, const std::vector<int>& inherited) {
  for (const int descriptor : inherited) fcntl(descriptor, F_SETFD, 0);
  for (const auto& setting : worker_environment()) {
    const std::size_t equals = setting.find('=');
    setenv(setting.substr(0, equals).c_str(), setting.substr(equals + 1).c_str(), 1);
  }
  std::vector<char*> words;
  for (const auto& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  execv(words[0], words.data());
  _exit(127);
}

}  // namespace

Child::Child(const std::vector<std::string>& command, const std::vector<int>& data) {
  int sockets[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0) {
    throw environment_error(fmt::format("can't connect to a worker: {}", std::strerror(errno)));
  }
  channel_ = Channel(sockets[0]);
  const Channel other_end(sockets[1]);
  std::vector<std::string> words = command;
  words.insert(words.end(),
               {"--socket", fmt::format("{}", sockets[1]), "--data", fmt::format("{}", fmt::join(data, ","))});
  std::vector<int> inherited = data;
  inherited.push_back(sockets[1]);
  pid_ = fork();
  if (pid_ < 0) throw environment_error(fmt::format("can't start a worker: {}", std::strerror(errno)));
  if (pid_ == 0) become(words, inherited);
}

Child::Child(Child&& other) noexcept : pid_(std::exchange(other.pid_, -1)), channel_(std::move(other.channel_)) {}

Child& Child::operator=(Child&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(channel_, other.channel_);
  return *this;
}

Child::~Child() {
  if (pid_ < 0) return;
  kill_now();
  waitpid(pid_, nullptr, 0);
}

void Child::kill_now() { kill(pid_, SIGKILL); }

train::Failure Child::reap(train::Status& status) {
  int state = 0;
  while (waitpid(pid_, &state, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  status = train::Status::crashed;
  if (!WIFSIGNALED(state)) {
    return {.message = fmt::format("the worker process ended by itself with exit code {}", WEXITSTATUS(state))};
  }
  const int signal = WTERMSIG(state);
  if (signal == SIGKILL && oom_kills() > kOomKillsAtStart) {
    status = train::Status::oom;
    return {.message = "the kernel killed the worker process for memory", .signal = signal};
  }
  return {.message = fmt::format("the worker process was ended by signal {} ({})", signal, strsignal(signal)),
          .signal = signal};
}

}  // namespace bnexp::exec
