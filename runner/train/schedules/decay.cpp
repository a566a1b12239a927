// Schedules that fall from 1 towards `final_factor`: linearly, or along half a cosine. Like torch's LinearLR and
// CosineAnnealingLR with as many iterations as steps, they would reach it one step after the last, so no step has rate
// 0.
#include <cmath>
#include <numbers>

#include "train/schedule.h"

namespace bnexp::train {
namespace {

struct DecayOptions : WarmupOptions {
  double final_factor = 0;

  void fields(config::Fields& f) {
    WarmupOptions::fields(f);
    f.real("final_factor", final_factor, config::between(0, 1),
           "rate after the last step divided by that of the first step");
  }
};

struct LinearOptions : DecayOptions {
  double curve(std::int64_t step, std::int64_t steps) const {
    return 1 + (final_factor - 1) * static_cast<double>(step) / static_cast<double>(steps);
  }
};

struct CosineOptions : DecayOptions {
  double curve(std::int64_t step, std::int64_t steps) const {
    const double angle = std::numbers::pi * static_cast<double>(step) / static_cast<double>(steps);
    return final_factor + (1 - final_factor) * (1 + std::cos(angle)) / 2;
  }
};

const bool kLinear = add_schedule<LinearOptions>("linear", {.summary = "Falls linearly.",
                                                            .formula = "1 + (final_factor - 1) * step / steps",
                                                            .source = "torch LinearLR",
                                                            .semantics = 1});
const bool kCosine = add_schedule<CosineOptions>(
    "cosine", {.summary = "Falls along half a cosine.",
               .formula = "final_factor + (1 - final_factor) * (1 + cos(pi * step / steps)) / 2",
               .source = "Loshchilov & Hutter 2017, arXiv:1608.03983; torch CosineAnnealingLR",
               .semantics = 1});

}  // namespace
}  // namespace bnexp::train
