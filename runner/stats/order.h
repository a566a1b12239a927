// Quantiles, and medians with intervals that assume no shape of the distribution.
#pragma once

#include <cstddef>
#include <vector>

#include "stats/estimate.h"

namespace bnexp::stats {

// Linear between order statistics (R's type 7, NumPy's default). `values` need not be sorted, and must not be empty; 0
// <= p <= 1. Values may be infinite: the quantile is infinite if one that it depends on is.
double quantile(std::vector<double> values, double p);

// A median with an interval between two order statistics.
struct MedianInterval {
  std::size_t n = 0;
  double median = 0;
  double low = 0;   // the k-th smallest value
  double high = 0;  // the k-th largest
  // The probability that the interval from low to high contains the true median of independent values: 1 - 2 P(B(n,
  // 1/2) < k). k is the largest for which it is at least `confidence`; k is 1 where there is none, as below 6 values at
  // 95 %.
  double coverage = 0;
};
MedianInterval median_interval(std::vector<double> values, double confidence = kConfidence);  // n = 0 for none

// The fewest values of which a median has an interval: the smallest n with 1 - 2 (1/2)^n >= confidence, which is in (0,
// 1).
std::size_t least_values_of_median(double confidence = kConfidence);

// a[i] / b[i], up to the length of the shorter one.
std::vector<double> ratios(const std::vector<double>& a, const std::vector<double>& b);

}  // namespace bnexp::stats
