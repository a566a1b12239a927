// Runs the program as a user would.
#pragma once

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

namespace bnexp::tests {

struct Outcome {
  int code = -1;  // exit status, or 128 + signal
  std::string out;
  std::string err;
};

// A started program; output goes to files in `folder`.
class Process {
 public:
  Process(const std::string& folder, const std::vector<std::string>& words)
      : out_(folder + "/out"), err_(folder + "/err") {
    pid_ = fork();
    if (pid_ < 0) throw std::runtime_error("fork failed");
    if (pid_ != 0) return;
    redirect(out_, STDOUT_FILENO);
    redirect(err_, STDERR_FILENO);
    std::vector<char*> arguments;
    for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    execv(arguments[0], arguments.data());
    _exit(127);
  }

  pid_t pid() const { return pid_; }
  void signal(int number) const { kill(pid_, number); }
  // To its children too, as a scheduler does.
  void signal_all(int number) const {
    std::ifstream children("/proc/" + std::to_string(pid_) + "/task/" + std::to_string(pid_) + "/children");
    for (pid_t child = 0; children >> child;) kill(child, number);
    signal(number);
  }

  Outcome wait() const {
    int status = 0;
    waitpid(pid_, &status, 0);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), read(out_), read(err_)};
  }

 private:
  static void redirect(const std::string& path, int descriptor) {
    const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    dup2(file, descriptor);
    close(file);
  }
  static std::string read(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::string out_;
  std::string err_;
  pid_t pid_ = -1;
};

// Runs `action` in a child process and returns its exit code; `meanwhile` gets the child's id.
template <class Action, class Meanwhile>
int in_child(Action action, Meanwhile meanwhile) {
  std::fflush(nullptr);  // or the child has it too
  const pid_t child = fork();
  if (child == 0) _exit(action());
  meanwhile(child);
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

template <class Action>
int in_child(Action action) {
  return in_child(action, [](pid_t) {});
}

}  // namespace bnexp::tests
