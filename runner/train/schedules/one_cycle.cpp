// One cycle: from lr / div_factor up to lr along half a cosine, then down to lr / (div_factor * final_div_factor).
#include <cmath>
#include <numbers>

#include "train/schedule.h"

namespace bnexp::train {
namespace {

struct OneCycleOptions : WarmupOptions {
  double pct_start = 0.3;
  double div_factor = 25;
  double final_div_factor = 1e4;

  void fields(config::Fields& f) {
    WarmupOptions::fields(f);
    f.real("pct_start", pct_start, {.low = 0, .high = 1, .low_open = true, .high_open = true},
           "share of the steps that rise");
    f.real("div_factor", div_factor, config::at_least(1), "the peak rate over the first");
    f.real("final_div_factor", final_div_factor, config::at_least(1), "the first rate over the last");
  }

  double curve(double progress) const {
    const auto between = [](double from, double to, double t) {
      return to + (from - to) * (1 + std::cos(std::numbers::pi * t)) / 2;
    };
    const double first = 1 / div_factor;
    if (progress < pct_start) return between(first, 1, progress / pct_start);
    return between(1, first / final_div_factor, (progress - pct_start) / (1 - pct_start));
  }
};

const bool kAdded = add_schedule<OneCycleOptions>(
    "one_cycle",
    {.summary = "Rises to the full rate and falls far below where it began.",
     .formula = "1/div_factor -> 1 over pct_start, then -> 1/(div_factor * final_div_factor), half cosines",
     .source = "Smith & Topin 2018, arXiv:1708.07120; torch OneCycleLR"});

}  // namespace
}  // namespace bnexp::train
