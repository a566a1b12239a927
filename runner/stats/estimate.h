// Means with Student's t intervals, and paired differences over seeds. Intervals are two-sided, and 95 % wide by
// default.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace bnexp::stats {

// The default level of intervals; 1 - kConfidence is the default level of tests.
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

// The critical value of a two-sided interval of `confidence`, in (0, 1): scipy.stats.t.ppf((1 + confidence) / 2,
// degrees). degrees > 0, not necessarily whole.
double t_critical(double confidence, double degrees);

// n = 0 gives an empty estimate.
Estimate estimate(const std::vector<double>& values, double confidence = kConfidence);

// Makes values equal that differ by rounding alone: all within 8 units in the last place of `size`, the largest number
// that they were computed from.
void equalize(std::vector<double>& values, double size);

// a - b for the seeds that both have, in the order of the seeds. Differences that are equal but for the rounding of
// decimals (0.97 - 0.96 and 0.98 - 0.97) are made equal, so that they have no spread. An infinite value gives
// an infinite difference, and NaN against another infinite one; the other differences stay as they are.
std::vector<double> paired_differences(const std::map<std::int64_t, double>& a,
                                       const std::map<std::int64_t, double>& b);

// The estimate of these differences.
Estimate paired_difference(const std::map<std::int64_t, double>& a, const std::map<std::int64_t, double>& b,
                           double confidence = kConfidence);

// The sample's standard deviation divided by its mean; 0 with fewer than two values.
double variation(const std::vector<double>& values);

}  // namespace bnexp::stats
