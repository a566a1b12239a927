// Work in a process of its own: a fork of this one.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <string>

#include "base/error.h"

namespace bnexp {

// What a process of its own may do.
struct ProcessLimits {
  std::chrono::milliseconds time{0};  // until its answer; 0: no limit
  bool may_change_files = true;       // false: see forbid_changing_files
};

// For the code of a file that a user names.
inline constexpr ProcessLimits kForeignCode{.time = std::chrono::seconds(20), .may_change_files = false};

// The process ended without an answer: by an exception, a signal, an exit code, or because its time was over.
class NoAnswer : public Error {
 public:
  using Error::Error;
};

// Runs `ask` in a forked child and returns its result. The child's threads, memory and device state end with it, so
// that this process can be forked as before; the child ends when the thread that called this ends. To be called while
// this process has no other thread. `what` names the work in messages. Throws NoAnswer, or Error(environment) when no
// process can be started.
std::string in_own_process(const std::string& what, const std::function<std::string()>& ask,
                           const ProcessLimits& limits = {});

// From now on this process and its children can't create, change, rename or delete a file, by the kernel's Landlock.
// Descriptors that are open stay writable. False, and nothing is done, where the kernel has no Landlock.
bool forbid_changing_files();

// How a child ended, as waitpid(2) has it.
int wait_for(pid_t process);

}  // namespace bnexp
