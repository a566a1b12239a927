#include "cli/bench_progress.h"

#include <fmt/format.h>

#include <string>

#include "base/console.h"
#include "base/text.h"

namespace bnexp::cli {
namespace {

constexpr std::chrono::milliseconds kRedraw{100};

double seconds(std::chrono::steady_clock::duration d) { return std::chrono::duration<double>(d).count(); }

}  // namespace

BenchProgress::~BenchProgress() {
  if (drawn_) console::note("\r\x1b[K");
}

void BenchProgress::show(const bench::Progress& progress) {
  if (style_ == Style::quiet) return;
  const auto now = Clock::now();
  const bool ends = progress.done == progress.in_round;
  if (progress.done == 0) round_start_ = now;
  if (progress.round == 0 && ends) warm_up_s_ = seconds(now - start_);
  const std::string what = progress.round == 0 ? "finding out how often to repeat"
                                               : fmt::format("round {}/{}", progress.round, progress.rounds);
  // Rounds take equally long; what came before them tells nothing of them.
  std::string left;
  const double rounds_done = static_cast<double>(progress.round - 1) +
                             static_cast<double>(progress.done) / static_cast<double>(progress.in_round);
  if (progress.round > 0 && rounds_done > 0.05) {
    const double spent = seconds(now - start_) - warm_up_s_;
    left = ", ETA " + human_duration(spent / rounds_done * (static_cast<double>(progress.rounds) - rounds_done));
  }
  if (style_ == Style::lines) {
    if (ends)
      console::note("{}: {} measurements, {}{}\n", what, progress.done, human_duration(seconds(now - round_start_)),
                    left);
    return;
  }
  if (!ends && now - last_draw_ < kRedraw) return;
  last_draw_ = now;
  drawn_ = true;
  console::note("\r\x1b[K{}, {}/{} measurements, {}{}", what, progress.done, progress.in_round,
                human_duration(seconds(now - start_)), left);
}

}  // namespace bnexp::cli
