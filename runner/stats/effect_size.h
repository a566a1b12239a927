// Standardized effect sizes of paired differences.
#pragma once

#include <optional>

#include "stats/estimate.h"

namespace bnexp::stats {

// How large a mean difference is, in standard deviations of the difference over seeds (no unit).
struct EffectSize {
  double d_z = 0;  // mean / sd; too large on average with few seeds
  // d_z * J(n - 1), which is right on average for normal differences. None with 2 values: J(1) is 0.
  std::optional<double> corrected;
};

// Hedges' correction J(m) = Gamma(m / 2) / (sqrt(m / 2) * Gamma((m - 1) / 2)) of an sd with `degrees` m > 0 degrees of
// freedom: 0 for m = 1, 0.564 for m = 2, about 1 - 3 / (4 m - 1) for larger m.
// Source: Hedges 1981, "Distribution theory for Glass's estimator of effect size and related estimators".
double hedges_correction(double degrees);

// None without a spread: with fewer than 2 values, and when all are equal.
std::optional<EffectSize> effect_size(const Estimate& differences);

}  // namespace bnexp::stats
