// Work in a forked child process.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <string>

#include "base/error.h"

namespace bnexp {

// Limits of the child process.
struct ProcessLimits {
  std::chrono::milliseconds time{0};  // until its result; 0: no limit
  bool may_change_files = true;       // false: see forbid_changing_files; the child then sees no CUDA device
};

// Limits for code from a file that a user names.
inline constexpr ProcessLimits kForeignCode{.time = std::chrono::seconds(20), .may_change_files = false};

// The child ended without a result: by an exception, a signal, an exit code, or the time limit.
class NoAnswer : public Error {
 public:
  using Error::Error;
};

// Runs `ask` in a forked child and returns its result. The child's threads, memory and device state end with it, so
// this process can still be forked later. The child ends when the calling thread ends. Call this only while this
// process has no other thread. `what` names the work in messages. Throws NoAnswer, or Error(environment) when no
// process can be started.
std::string in_own_process(const std::string& what, const std::function<std::string()>& ask,
                           const ProcessLimits& limits = {});

// Forbids this process and its children to create, change, rename or delete files, with the kernel's Landlock. Open
// descriptors stay writable. Returns false and does nothing if the kernel has no Landlock.
bool forbid_changing_files();

// How a child ended, as text for a status of waitpid(2).
int wait_for(pid_t process);

}  // namespace bnexp
