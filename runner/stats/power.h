// How many seeds a t test needs.
#pragma once

#include <cstddef>
#include <optional>

#include "stats/estimate.h"

namespace bnexp::stats {

inline constexpr double kPower = 0.8;
inline constexpr std::size_t kMostSeeds = 1'000'000;  // searches for a number of seeds end here

// The probability that the two-sided t test of n differences finds a true effect of `effect` standard deviations at
// level alpha: P(|T| > t(1 - alpha, n - 1)) for noncentral t with n - 1 degrees of freedom and noncentrality effect *
// sqrt(n). n >= 2, finite effect, 0 < alpha < 1; else std::invalid_argument. statsmodels' TTestPower().power(effect, n,
// alpha). Source: Cohen 1988, "Statistical Power Analysis for the Behavioral Sciences", chapter 2.
double t_test_power(double effect, std::size_t n, double alpha = 1 - kConfidence);

// At least the probability that the t interval of n differences, of confidence 1 - alpha, lies within (-margin,
// margin), for a true effect of `effect`, both in standard deviations:
//   max(0, 1 - P(T_low <= c) - P(T_high <= c)),  c = the critical value t(1 - alpha, n - 1),
// for noncentral t with n - 1 degrees of freedom and noncentrality (margin + effect) * sqrt(n) and (margin - effect) *
// sqrt(n). n >= 2, finite effect, 0 < alpha < 1; else std::invalid_argument. Source: Schuirmann 1987 (the two one-sided
// tests); the bound is Bonferroni's.
double equivalence_power(double effect, double margin, std::size_t n, double alpha = 1 - kConfidence);

// The smallest n >= 2 with at least that power. None for an effect of 0, and when it is above kMostSeeds. alpha < power
// < 1; else std::invalid_argument.
std::optional<std::size_t> seeds_for_power(double effect, double power = kPower, double alpha = 1 - kConfidence);

}  // namespace bnexp::stats
