// Means with Student's t intervals, and paired differences over seeds. Every interval is two-sided, 95 %.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace bnexp::stats {

inline constexpr double kConfidence = 0.95;

// A mean and its error. `sd` is the sample's (n - 1); with n < 2 neither it nor `half` exists.
struct Estimate {
  std::size_t n = 0;
  double mean = 0;
  std::optional<double> sd;
  std::optional<double> half;  // half-width of the interval: t(n - 1) * sd / sqrt(n)

  double low() const { return mean - half.value_or(0); }
  double high() const { return mean + half.value_or(0); }
  // The interval exists and excludes zero. A zero-width interval is not evidence: all observed values are equal, which
  // gives no estimate of the noise.
  bool clears_zero() const { return half && *half > 0 && (low() > 0 || high() < 0); }
  Estimate scaled(double factor) const;  // factor > 0
};

// The critical value of a two-sided interval of `confidence`. degrees > 0.
double t_critical(double confidence, std::size_t degrees);

// n = 0 gives an empty estimate.
Estimate estimate(const std::vector<double>& values);

// a - b over the seeds that both have.
Estimate paired_difference(const std::map<std::int64_t, double>& a, const std::map<std::int64_t, double>& b);

// The sample's standard deviation divided by its mean; 0 with fewer than two values.
double variation(const std::vector<double>& values);

}  // namespace bnexp::stats
