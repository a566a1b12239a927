// Work in a process of its own: a fork of this one.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>

namespace bnexp {

// What `ask` returns. Whatever it does to memory, starts of threads or asks of a device is gone with its process, and
// this one can be forked as before. To be called while this process has no other thread. Throws Error(environment), in
// which `what` stands for the work, when that process can't be started or ends without an answer.
std::string in_own_process(const std::string& what, const std::function<std::string()>& ask);

// How a child ended, as waitpid(2) has it.
int wait_for(pid_t process);

}  // namespace bnexp
