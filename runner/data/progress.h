// One download's progress on stderr: a bar that redraws itself on a terminal, one line otherwise.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "base/terminal.h"

namespace bnexp::data {

class ProgressBar {
 public:
  // `from` is shown when there is no terminal to draw on.
  ProgressBar(const std::string& name, const std::string& from, bool quiet);

  // Bytes; total 0 while unknown. Redraws at most ten times a second.
  void update(std::int64_t done, std::int64_t total);

 private:
  std::string name_;
  Display display_;
  std::chrono::steady_clock::time_point start_;
};

// "train-images-idx3-ubyte.gz  [##########----------]  52%  4.9 of 9.5 MB  3.1 MB/s"; without a total, no bar.
std::string progress_line(const std::string& name, std::int64_t done, std::int64_t total, double seconds);

}  // namespace bnexp::data
