// Other programs, such as Slurm's.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace bnexp {

struct ProgramOutcome {
  int code = -1;  // its exit code; 128 + signal; 127 if there is no such program
  std::string out;
  std::string err;
};

// Runs a program, found in PATH, without a shell and with no input, and waits for it. Ctrl-C on the terminal does not
// reach it. It is killed when `limit` is
// over: then the code is 137. Throws Error(environment) when no process can be started.
ProgramOutcome run_program(const std::vector<std::string>& words,
                           std::chrono::seconds limit = std::chrono::seconds(150));

}  // namespace bnexp
