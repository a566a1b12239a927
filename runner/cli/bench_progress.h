// Progress of a benchmark: a line per round, and on a terminal a line that is redrawn.
#pragma once

#include <chrono>

#include "base/terminal.h"
#include "bench/measure.h"

namespace bnexp::cli {

class BenchProgress {
 public:
  explicit BenchProgress(Display::Style style) : display_(style) {}

  void show(const bench::Progress& progress);

 private:
  using Clock = std::chrono::steady_clock;

  Display display_;
  Clock::time_point start_ = Clock::now();
  Clock::time_point round_start_ = start_;
  double warm_up_s_ = 0;
};

}  // namespace bnexp::cli
