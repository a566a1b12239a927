// One cycle: from lr / div_factor up to lr along half a cosine, then down to lr / (div_factor * final_div_factor) at
// the last step. The peak is at step pct_start * steps - 1, counted from 0, as in torch's OneCycleLR.
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
    f.check(warmup_steps == 0, "warmup_steps", "one_cycle starts with its own rise, so it takes no warm-up",
            "remove warmup_steps; pct_start sets how long the rate rises");
    f.real("pct_start", pct_start, {.low = 0, .high = 1, .low_open = true, .high_open = true},
           "fraction of the steps in which the rate rises");
    f.real("div_factor", div_factor, config::at_least(1), "peak rate divided by the first rate");
    f.real("final_div_factor", final_div_factor, config::at_least(1), "first rate divided by the last rate");
  }

  double curve(std::int64_t step, std::int64_t steps) const {
    const auto between = [](double from, double to, double t) {
      return to + (from - to) * (1 + std::cos(std::numbers::pi * t)) / 2;
    };
    const double first = 1 / div_factor;
    const auto now = static_cast<double>(step);
    const double last = static_cast<double>(steps) - 1;
    const double peak = pct_start * static_cast<double>(steps) - 1;
    if (now <= peak && peak > 0) return between(first, 1, now / peak);
    return between(1, first / final_div_factor, (now - peak) / (last - peak));
  }
};

const bool kAdded = add_schedule<OneCycleOptions>(
    "one_cycle",
    {.summary = "Rises to the full rate, then falls far below the initial rate.",
     .formula = "1/div_factor -> 1 over pct_start, then -> 1/(div_factor * final_div_factor), half cosines",
     .source = "Smith & Topin 2018, arXiv:1708.07120; torch OneCycleLR",
     .semantics = 1});

}  // namespace
}  // namespace bnexp::train
