#include "stats/order.h"

#include <algorithm>
#include <boost/math/distributions/binomial.hpp>
#include <cassert>

namespace bnexp::stats {

double quantile(std::vector<double> values, double p) {
  assert(!values.empty() && p >= 0 && p <= 1);
  std::sort(values.begin(), values.end());
  const double position = p * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  const double part = position - static_cast<double>(below);
  // Without this, two infinite neighbours, and an infinite one of weight 0, would give NaN.
  if (part == 0 || values[below] == values[above]) return values[below];
  return values[below] + part * (values[above] - values[below]);
}

MedianInterval median_interval(std::vector<double> values, double confidence) {
  MedianInterval result;
  result.n = values.size();
  if (values.empty()) return result;
  std::sort(values.begin(), values.end());
  const boost::math::binomial heads(static_cast<double>(values.size()), 0.5);
  const auto coverage = [&](std::size_t k) { return 1 - 2 * boost::math::cdf(heads, static_cast<double>(k) - 1); };
  std::size_t k = 1;
  while (2 * (k + 1) <= values.size() && coverage(k + 1) >= confidence) ++k;
  result.median = quantile(values, 0.5);
  result.low = values[k - 1];
  result.high = values[values.size() - k];
  result.coverage = coverage(k);
  return result;
}

std::size_t least_values_of_median(double confidence) {
  std::size_t n = 1;
  double outside = 1;
  while (1 - outside < confidence) {
    outside /= 2;
    ++n;
  }
  return n;
}

std::vector<double> ratios(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> result(std::min(a.size(), b.size()));
  for (std::size_t i = 0; i < result.size(); ++i) result[i] = a[i] / b[i];
  return result;
}

}  // namespace bnexp::stats
