// Means, intervals and paired differences over seeds. Every interval is two-sided, 95 %, Student's t.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace bnexp::report {

inline constexpr double kConfidence = 0.95;

// A mean with what is known of its error. `sd` is the sample's (n - 1); with n < 2 neither it nor `half` exists.
struct Estimate {
  std::size_t n = 0;
  double mean = 0;
  std::optional<double> sd;
  std::optional<double> half;  // half-width of the interval: t(n - 1) * sd / sqrt(n)

  double low() const { return mean - half.value_or(0); }
  double high() const { return mean + half.value_or(0); }
  // The interval exists and leaves zero out. A zero-width interval decides nothing: it says that the values are
  // equal, not that others would be.
  bool clears_zero() const { return half && *half > 0 && (low() > 0 || high() < 0); }
};

// The t that a two-sided interval of `confidence` needs. degrees > 0.
double t_critical(double confidence, std::size_t degrees);

// n = 0 gives an empty estimate.
Estimate estimate(const std::vector<double>& values);

// a - b over the seeds that both hold.
Estimate paired_difference(const std::map<std::int64_t, double>& a, const std::map<std::int64_t, double>& b);

// Linear between order statistics (R's type 7, NumPy's default). `values` needs no order and is not empty; 0 <= p <= 1.
double quantile(std::vector<double> values, double p);

// A median with an interval between two order statistics, which needs no shape of the distribution.
struct MedianInterval {
  std::size_t n = 0;
  double median = 0;
  double low = 0;   // the k-th smallest value
  double high = 0;  // the k-th largest
  // The probability that low to high holds the true median of independent values: 1 - 2 P(B(n, 1/2) < k). k is the
  // largest that keeps it at kConfidence; below 6 values there is none, k is 1 and this says how little is known.
  double coverage = 0;
};
MedianInterval median_interval(std::vector<double> values);  // n = 0 for none

// a / b, value by value: pairs measured next to each other. As long as the shorter.
std::vector<double> ratios(const std::vector<double>& a, const std::vector<double>& b);

// The sample's deviation over its mean; 0 with fewer than two values.
double variation(const std::vector<double>& values);

}  // namespace bnexp::report
