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

// The evidence against "both arms fail equally often", as its logarithm, from pairs of trials that share a seed: of
// m = only_a + only_b pairs in which exactly one trial failed, it was a's in only_a. Were the rates equal, each of
// these would be a's with probability 1/2, whatever the rate and however alike the two trials of a pair are. Pairs in
// which both or neither failed say nothing. E is the likelihood ratio of a probability drawn from Beta(1/2, 1/2) to
// 1/2,
//   E = 2^m * B(only_a + 1/2, only_b + 1/2) / B(1/2, 1/2),
// which reaches 1 / alpha at any look with probability at most alpha (Ville's inequality). 6 pairs that are all a's
// give 14.4, 7 give 26.8. Source: Krichevsky & Trofimov 1981, "The performance of universal encoding" (the mixture);
// Robbins 1970, "Statistical methods related to the law of the iterated logarithm" (such mixtures as tests that may be
// repeated).
double log_e_value_of_failures(std::size_t only_a, std::size_t only_b);

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
