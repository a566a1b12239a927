// A worker as its parent sees it.
#pragma once

#include <sys/types.h>

#include <string>

#include "exec/channel.h"
#include "exec/executor.h"

namespace bnexp::exec {

// A fork of this process, which has LibTorch and the data in its memory already: ready in milliseconds, where a new
// program takes 0.2 s to load. Ignores SIGINT and SIGHUP, which the terminal sends to the whole process group. The
// kernel kills it when the thread that started it exits (PR_SET_PDEATHSIG). Not pinned to a core: the scheduler keeps a
// busy thread where it is, and pins of two runs on one machine would meet on the same cores.
class Child {
 public:
  // To be called while this process has no other thread: their locks would stay locked in the worker
  // (std::logic_error). Throws Error(environment) when the machine refuses another process.
  explicit Child(const Training& training) : Child(training, Socket()) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child();  // kills it

  Channel& channel() { return channel_; }

  // What it prints from now on is what `last_output` looks at.
  void forget_output();

  // Waits for its end, which the closed channel announced, and gives the reason: with the signal, the exit code, and
  // the last line it printed.
  train::Failure end();

 private:
  struct Socket {
    Socket();
    Descriptor parent, worker;
  };
  Child(const Training& training, Socket socket);
  std::string last_output() const;

  Descriptor output_;  // an unnamed file that takes the worker's stdout and stderr
  Channel channel_;
  pid_t process_;
};

}  // namespace bnexp::exec
