// Student's and Welch's t tests of means, and the two one-sided tests that a mean lies within a margin.
#pragma once

#include <optional>

#include "stats/estimate.h"

namespace bnexp::stats {

struct TTest {
  double t = 0;
  double degrees = 0;  // of freedom; not whole for Welch's test
  double p = 1;        // two-sided
};

// Tests whether the mean of `sample`, such as paired differences, is `mean`: t = (sample.mean - mean) * sqrt(n) / sd
// with n - 1 degrees of freedom (scipy.stats.ttest_1samp, ttest_rel). None without a spread: with fewer than 2 values,
// and when all are equal.
std::optional<TTest> t_test(const Estimate& sample, double mean = 0);

// Two samples without pairs, of unequal variances.
struct WelchTest {
  double difference = 0;  // mean of a - mean of b, in the samples' unit
  double half = 0;        // half-width of its interval: t(degrees) * sqrt(sd_a^2 / n_a + sd_b^2 / n_b)
  TTest test;
};

// t = difference / s with s^2 = v_a + v_b, v = sd^2 / n, and s^4 / (v_a^2 / (n_a - 1) + v_b^2 / (n_b - 1)) degrees of
// freedom (scipy.stats.ttest_ind with equal_var=False). None if a sample has fewer than 2 values, or neither has a
// spread. Source: Welch 1947, "The generalization of 'Student's' problem when several different population variances
// are involved".
std::optional<WelchTest> welch_t_test(const Estimate& a, const Estimate& b, double confidence = kConfidence);

// Two one-sided t tests.
struct EquivalenceTest {
  double p_low = 1;   // of "the mean is at most -margin"
  double p_high = 1;  // of "the mean is at least margin"
  double p() const { return p_low > p_high ? p_low : p_high; }
};

// Tests whether the mean of `sample` lies within (-margin, margin), margin > 0 in the sample's unit: it does at level
// alpha if p() < alpha, which holds if and only if the t interval of confidence 1 - 2 alpha lies within the margin
// (statsmodels' ttost_paired). None without a spread, as for t_test.
// Source: Schuirmann 1987, "A comparison of the two one-sided tests procedure and the power approach".
std::optional<EquivalenceTest> two_one_sided_tests(const Estimate& sample, double margin);

}  // namespace bnexp::stats
