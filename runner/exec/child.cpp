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
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <new>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

#include "base/error.h"
#include "base/own_process.h"
#include "exec/worker.h"

namespace bnexp::exec {
namespace {

Error cannot_start(const std::string& what) {
  return environment_error(fmt::format("cannot start a worker: {}: {}", what, std::strerror(errno)),
                           "lower --jobs, or raise the limits on processes, open files and memory (ulimit -a)");
}

// Resets the signal handlers of the new process. It ignores those that a terminal or a scheduler sends to the parent
// and to its workers alike: the parent asks the workers to save their trials and to stop.
void reset_signals() {
  for (int number = 1; number < NSIG; ++number) {
    struct sigaction action {};
    if (sigaction(number, nullptr, &action) == 0 && action.sa_handler != SIG_IGN) signal(number, SIG_DFL);
  }
  for (const int number : {SIGINT, SIGHUP, SIGTERM, SIGALRM, SIGUSR1, SIGUSR2}) signal(number, SIG_IGN);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

[[noreturn]] void become_worker(const Training& training, int channel, int output, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);
  prctl(PR_SET_NAME, "bnexp-worker");
  reset_signals();
  close(STDIN_FILENO);
  open("/dev/null", O_RDONLY);
  if (dup2(output, STDOUT_FILENO) < 0 || dup2(output, STDERR_FILENO) < 0 || dup2(channel, kChannelDescriptor) < 0) {
    _exit(1);
  }
  // The other descriptors include claims, which another process must not hold, and the channels of other workers.
  closefrom(kChannelDescriptor + 1);
  try {
    worker_main(training);
  } catch (const std::bad_alloc&) {
    _exit(kOutOfMemoryCode);
  } catch (const std::exception& error) {
    std::fputs(error.what(), stderr);
    std::fflush(nullptr);
    _exit(1);
  }
  std::fflush(nullptr);
  _exit(0);
}

// Duplicates the descriptor above kChannelDescriptor, so that dup2 in the worker cannot overwrite it.
Descriptor moved(int descriptor) {
  const Descriptor before(descriptor);
  Descriptor result(fcntl(descriptor, F_DUPFD_CLOEXEC, kChannelDescriptor + 1));
  if (!result) throw cannot_start("fcntl");
  return result;
}

Descriptor make_output() {
  const int output = memfd_create("bnexp-worker-output", MFD_CLOEXEC);
  if (output < 0) throw cannot_start("memfd_create");
  fcntl(output, F_SETFL, O_APPEND);
  return moved(output);
}

// Throws when this process has another thread. The kernel lists a thread for a short time after it was joined.
void require_one_thread() {
  constexpr int kPatience_ms = 200;
  std::ptrdiff_t threads = 1;
  for (int waited = 0; waited < kPatience_ms; ++waited) {
    std::error_code ignored;
    const std::filesystem::directory_iterator tasks("/proc/self/task", ignored);
    threads = std::distance(begin(tasks), end(tasks));
    if (threads <= 1) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
#ifndef __SANITIZE_THREAD__  // it has its own thread
  throw std::logic_error(fmt::format("cannot fork a worker while this process has {} threads", threads));
#endif
}

pid_t start(const Training& training, int channel, int output) {
  require_one_thread();
  std::fflush(nullptr);  // else the worker would write it too
  // The new process must not run our signal handlers, because it shares their descriptors.
  sigset_t all, before;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, &before);
  const pid_t parent = getpid();
  const pid_t process = fork();
  if (process == 0) become_worker(training, channel, output, parent);
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
  parent = Descriptor(ends[0]);
  worker = moved(ends[1]);
}

Child::Child(const Training& training, Socket socket)
    : output_(make_output()),
      channel_(std::move(socket.parent)),
      process_(start(training, socket.worker.get(), output_.get())) {}

Child::~Child() {
  if (process_ < 0) return;
  kill(process_, SIGKILL);
  wait_for(process_);
}

void Child::forget_output() {
  if (ftruncate(output_.get(), 0) != 0) throw std::logic_error("cannot empty a worker's output");
}

train::Failure Child::end() {
  kill(process_, SIGKILL);  // no effect on a process that is already ending
  const int status = wait_for(std::exchange(process_, -1));
  train::Failure failure;
  if (WIFSIGNALED(status)) {
    const int number = WTERMSIG(status);
    failure.signal = number;
    failure.message = fmt::format("the worker was killed by signal {} ({})", number, strsignal(number));
  } else if (WEXITSTATUS(status) == kOutOfMemoryCode) {
    failure.message = kOutOfMemory;
    return failure;
  } else {
    failure.message = fmt::format("the worker ended with exit code {}", WEXITSTATUS(status));
  }
  if (const auto words = last_output(); !words.empty()) failure.message += "; its last output: " + words;
  return failure;
}

std::string Child::last_output() const {
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
