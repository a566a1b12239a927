// A worker process, seen from the run that started it.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "exec/channel.h"
#include "train/result.h"

namespace bnexp::exec {

class Child {
 public:
  // Starts `command` with "--socket N" and "--data A,B,..." behind it. Throws Error(environment).
  Child(const std::vector<std::string>& command, const std::vector<int>& data);
  Child(Child&& other) noexcept;
  Child& operator=(Child&& other) noexcept;
  ~Child();  // kills what still runs

  Channel& channel() { return channel_; }
  const Channel& channel() const { return channel_; }
  void kill_now();
  // Waits for its end and says what it was: crashed with a signal, out of memory, or an exit status of its own.
  train::Failure reap(train::Status& status);

 private:
  pid_t pid_ = -1;
  Channel channel_{-1};
};

}  // namespace bnexp::exec
