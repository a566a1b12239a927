// What a person sees while norms are timed: on a terminal a line that is redrawn, else a line per round.
#pragma once

#include <chrono>

#include "bench/measure.h"

namespace bnexp::cli {

class BenchProgress {
 public:
  enum class Style { quiet, lines, live };

  explicit BenchProgress(Style style) : style_(style) {}
  ~BenchProgress();

  void show(const bench::Progress& progress);

 private:
  using Clock = std::chrono::steady_clock;

  Style style_;
  bool drawn_ = false;
  Clock::time_point start_ = Clock::now();
  Clock::time_point round_start_ = start_;
  Clock::time_point last_draw_{};
  double warm_up_s_ = 0;
};

}  // namespace bnexp::cli
