#include "cli/bench_progress.h"

#include <fmt/format.h>

#include <string>

#include "base/text.h"

namespace bnexp::cli {
namespace {

double seconds(std::chrono::steady_clock::duration d) { return std::chrono::duration<double>(d).count(); }

}  // namespace

void BenchProgress::show(const bench::Progress& progress) {
  if (display_.style() == Display::Style::quiet) return;
  const auto now = Clock::now();
  const bool ends = progress.done == progress.in_round;
  if (progress.done == 0) round_start_ = now;
  if (progress.round == 0 && ends) warm_up_s_ = seconds(now - start_);
  const std::string what = progress.round == 0 ? "choosing the number of repetitions"
                                               : fmt::format("round {}/{}", progress.round, progress.rounds);
  // All rounds take the same time; the time before them is no estimate for it.
  std::string left;
  const double rounds_done = static_cast<double>(progress.round - 1) +
                             static_cast<double>(progress.done) / static_cast<double>(progress.in_round);
  if (progress.round > 0 && rounds_done > 0.05) {
    const double spent = seconds(now - start_) - warm_up_s_;
    left = ", ETA " + human_duration(spent / rounds_done * (static_cast<double>(progress.rounds) - rounds_done));
  }
  if (display_.style() == Display::Style::lines) {
    const std::string took = human_duration(seconds(now - round_start_));
    if (ends) display_.say(fmt::format("{}: {} measurements, {}{}", what, progress.done, took, left));
  } else if (ends || display_.is_due()) {
    const std::string elapsed = human_duration(seconds(now - start_));
    display_.draw({fmt::format("{}, {}/{} measurements, {}{}", what, progress.done, progress.in_round, elapsed, left)});
  }
}

}  // namespace bnexp::cli
