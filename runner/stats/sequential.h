// The anytime-valid t test: seeds may be added after every look until it decides, and its error stays below the level.
#pragma once

#include <cstddef>
#include <optional>

#include "stats/estimate.h"

namespace bnexp::stats {

inline constexpr double kPriorVariance = 1;   // g: effects of about one standard deviation are expected
inline constexpr std::size_t kFirstLook = 3;  // seeds; earlier looks find nothing

// The evidence E_n against "the true mean is `mean`", as its logarithm, for a normal prior N(0, g) on the effect size:
// with nu = n - 1 and t = (sample.mean - mean) * sqrt(n) / sd,
//   E_n = (1 + n g)^(-1/2) * [(1 + t^2 / nu) / (1 + t^2 / (nu (1 + n g)))]^((nu + 1) / 2).
// If the mean is true, E_n reaches 1 / alpha at any n with probability at most alpha, for normal values; the test
// rejects the mean then. None before kFirstLook values, and when all are equal. g > 0; else std::invalid_argument.
// Source: Gönen et al. 2005, "The Bayesian two-sample t test"; its validity when one looks repeatedly: Hendriksen, de
// Heide & Grünwald 2021, "Optional stopping with Bayes factors"; Wang & Ramdas 2024, "Anytime-valid t-tests and
// confidence sequences for Gaussian means with unknown variance".
std::optional<double> log_e_value(const Estimate& sample, double mean = 0, double g = kPriorVariance);

// exp(log_e), and its reciprocal as a p value that is valid at any look: min(1, 1 / E_n).
double e_value(double log_e);
double anytime_p(double log_e);

// The confidence sequence: `sample` with the half-width of all means with E_n < 1 / alpha, alpha = 1 - confidence. With
// nu = n - 1, c = 1 + n g and R = (c / alpha^2)^(1 / n), it is
//   half = sd * sqrt(nu / n * (R - 1) / (1 - R / c)) if R < c,
// else none: no mean can be rejected yet (below 5 values at 95 % and g = 1). The intervals of all looks together
// contain the true mean with probability `confidence`. None before kFirstLook values; 0, which decides nothing, when
// all are equal. 0 < confidence < 1, g > 0; else std::invalid_argument. Source: as above; solved for the mean.
Estimate confidence_sequence(const Estimate& sample, double confidence = kConfidence, double g = kPriorVariance);

}  // namespace bnexp::stats
