// The one exception type for mistakes that a user can fix. Programming errors are assertions.
#pragma once

#include <stdexcept>
#include <string>

namespace bnexp {

// Exit codes of the process.
enum class ExitCode {
  ok = 0,           // every trial finished ok
  trial = 1,        // some trial did not finish ok, or a comparison found a significant change
  usage = 2,        // the command line or the configuration is wrong
  environment = 3,  // a problem of the machine, the network, the disk or a file
};

// `message` says what is wrong and where; `hint` says what to do, and may be empty.
class Error : public std::runtime_error {
 public:
  Error(ExitCode code, const std::string& message, const std::string& hint = "")
      : std::runtime_error(message), code_(code), hint_(hint) {}

  ExitCode code() const { return code_; }
  const std::string& hint() const { return hint_; }

 private:
  ExitCode code_;
  std::string hint_;
};

inline Error usage_error(const std::string& message, const std::string& hint = "") {
  return Error(ExitCode::usage, message, hint);
}

inline Error environment_error(const std::string& message, const std::string& hint = "") {
  return Error(ExitCode::environment, message, hint);
}

}  // namespace bnexp
