#include "exec/child.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "base/error.h"

namespace bnexp::exec {
namespace {

// The heap in huge pages: 2% less time a step for the ConvNet at batch 64, whose tensors are megabytes.
constexpr std::array kEnvironment{"OMP_NUM_THREADS=1", "MKL_NUM_THREADS=1", "OPENBLAS_NUM_THREADS=1",
                                  "GLIBC_TUNABLES=glibc.malloc.hugetlb=1"};

Error cannot_start(const std::string& what) {
  return environment_error(fmt::format("cannot start a worker: {}: {}", what, std::strerror(errno)),
                           "lower --jobs, or raise the limits on processes and open files (ulimit -u, ulimit -n)");
}

std::vector<std::string> environment() {
  std::vector<std::string> result(kEnvironment.begin(), kEnvironment.end());
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    const auto name = text.substr(0, text.find('=') + 1);
    const bool ours = std::ranges::any_of(kEnvironment, [&](std::string_view one) { return one.starts_with(name); });
    if (!ours) result.emplace_back(text);
  }
  return result;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (auto& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

// What the new process does before it becomes a worker: only calls that are safe after fork.
[[noreturn]] void become_worker(const char* program, char* const* arguments, char* const* variables, int output,
                                const std::vector<int>& inherited, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);
  signal(SIGINT, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  const int input = open("/dev/null", O_RDONLY);
  dup2(input, STDIN_FILENO);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  for (const int descriptor : inherited) fcntl(descriptor, F_SETFD, 0);
  execve(program, arguments, variables);
  dprintf(STDERR_FILENO, "cannot execute %s: %s\n", program, strerror(errno));
  _exit(127);
}

store::Descriptor make_output() {
  store::Descriptor output(memfd_create("bnexp-worker-output", MFD_CLOEXEC));
  if (!output) throw cannot_start("memfd_create");
  fcntl(output.get(), F_SETFL, O_APPEND);
  return output;
}

pid_t start(const ExecutorOptions& options, int channel, int output) {
  const char* program = options.program.empty() ? "/proc/self/exe" : options.program.c_str();
  std::vector<int> inherited{channel};
  for (const auto& data : options.data) inherited.push_back(data->descriptor());
  std::vector<std::string> arguments{program_invocation_name};
  arguments.insert(arguments.end(), options.worker.begin(), options.worker.end());
  for (const int descriptor : inherited) arguments.push_back(std::to_string(descriptor));
  std::vector<std::string> variables = environment();
  const std::vector<char*> argument_pointers = pointers(arguments);
  const std::vector<char*> variable_pointers = pointers(variables);

  // The new process must not run our signal handlers: it shares their descriptors.
  sigset_t all, before;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, &before);
  const pid_t parent = getpid();
  const pid_t process = fork();
  if (process == 0) {
    become_worker(program, argument_pointers.data(), variable_pointers.data(), output, inherited, parent);
  }
  const int failure = errno;
  sigprocmask(SIG_SETMASK, &before, nullptr);
  errno = failure;
  if (process < 0) throw cannot_start("fork");
  return process;
}

}  // namespace

Child::Socket::Socket() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) throw cannot_start("socketpair");
  parent = store::Descriptor(ends[0]);
  worker = store::Descriptor(ends[1]);
}

Child::Child(const ExecutorOptions& options, Socket socket)
    : output_(make_output()),
      channel_(std::move(socket.parent)),
      process_(start(options, socket.worker.get(), output_.get())) {}

Child::~Child() {
  if (process_ < 0) return;
  kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
}

void Child::forget_output() {
  if (ftruncate(output_.get(), 0) != 0) throw std::logic_error("cannot empty a worker's output");
}

train::Failure Child::end() {
  kill(process_, SIGKILL);  // changes nothing for a process that is ending already
  int status = 0;
  waitpid(std::exchange(process_, -1), &status, 0);
  train::Failure failure;
  if (WIFSIGNALED(status)) {
    const int number = WTERMSIG(status);
    failure.signal = number;
    failure.message = fmt::format("the worker was killed by signal {} ({})", number, strsignal(number));
  } else {
    failure.message = fmt::format("the worker ended with exit code {}", WEXITSTATUS(status));
  }
  if (const auto words = last_words(); !words.empty()) failure.message += "; its last words: " + words;
  return failure;
}

std::string Child::last_words() const {
  constexpr off_t kMost = 400;
  struct stat status {};
  fstat(output_.get(), &status);
  std::string text(static_cast<std::size_t>(std::min(status.st_size, kMost)), '\0');
  const ssize_t count =
      pread(output_.get(), text.data(), text.size(), status.st_size - static_cast<off_t>(text.size()));
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  const auto end = text.find_last_not_of(" \n\r\t");
  if (end == std::string::npos) return "";
  const auto line = text.rfind('\n', end);
  const auto begin = text.find_first_not_of(" \n\r\t", line == std::string::npos ? 0 : line);
  return text.substr(begin, end + 1 - begin);
}

}  // namespace bnexp::exec
