// Schedules that fall from 1 to `final_factor`: linearly, or along half a cosine.
#include <cmath>
#include <numbers>

#include "train/schedule.h"

namespace bnexp::train {
namespace {

struct DecayOptions : WarmupOptions {
  double final_factor = 0;

  void fields(config::Fields& f) {
    WarmupOptions::fields(f);
    f.real("final_factor", final_factor, config::between(0, 1), "the last step's rate over the first's");
  }
};

struct LinearOptions : DecayOptions {
  double curve(double progress) const { return 1 + (final_factor - 1) * progress; }
};

struct CosineOptions : DecayOptions {
  double curve(double progress) const {
    return final_factor + (1 - final_factor) * (1 + std::cos(std::numbers::pi * progress)) / 2;
  }
};

const bool kLinear = add_schedule<LinearOptions>(
    "linear", {.summary = "Falls linearly.", .formula = "1 + (final_factor - 1) * t", .source = ""});
const bool kCosine =
    add_schedule<CosineOptions>("cosine", {.summary = "Falls along half a cosine.",
                                           .formula = "final_factor + (1 - final_factor) * (1 + cos(pi * t)) / 2",
                                           .source = "Loshchilov & Hutter 2017, arXiv:1608.03983"});

}  // namespace
}  // namespace bnexp::train
