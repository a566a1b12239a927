// A worker process, seen from its parent.
#pragma once

#include <sys/types.h>

#include <string>

#include "exec/channel.h"
#include "exec/executor.h"

namespace bnexp::exec {

// A fork of this process, which already has LibTorch and the data in memory. It is ready in milliseconds; a new program
// takes 0.2 s to load. It ignores SIGINT and SIGHUP, which the terminal sends to the whole process group. The kernel
// kills it when the thread that started it exits (PR_SET_PDEATHSIG). It is not pinned to a core: the scheduler keeps a
// busy thread on its core, and pins of two runs on one machine would choose the same cores.
class Child {
 public:
  // Call this only while this process has no other thread (else std::logic_error): their locks would stay locked in the
  // worker. Throws Error(environment) when no process can be started.
  explicit Child(const Training& training) : Child(training, Socket()) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child();  // kills it

  Channel& channel() { return channel_; }
  pid_t process() const { return process_; }

  // Forgets the output so far; `last_output` reads only what is printed afterwards.
  void forget_output();

  // Waits for its end, after the channel was closed. Returns the reason: the signal or the exit code, and the last line
  // that it printed.
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
