#include "report/stats.h"

#include <algorithm>
#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cassert>
#include <cmath>

namespace bnexp::report {

double t_critical(double confidence, std::size_t degrees) {
  assert(degrees > 0);
  return boost::math::quantile(boost::math::students_t(static_cast<double>(degrees)), (1 + confidence) / 2);
}

Estimate estimate(const std::vector<double>& values) {
  Estimate result;
  result.n = values.size();
  if (values.empty()) return result;
  const double n = static_cast<double>(values.size());
  for (double value : values) result.mean += value / n;
  if (values.size() < 2) return result;
  // Equal values have no spread, whatever the rounding of their mean.
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  double squares = 0;
  for (double value : values) squares += (value - result.mean) * (value - result.mean);
  result.sd = *low == *high ? 0 : std::sqrt(squares / (n - 1));
  result.half = t_critical(kConfidence, values.size() - 1) * *result.sd / std::sqrt(n);
  return result;
}

Estimate paired_difference(const std::map<std::int64_t, double>& a, const std::map<std::int64_t, double>& b) {
  std::vector<double> differences;
  for (const auto& [seed, value] : a) {
    const auto other = b.find(seed);
    if (other != b.end()) differences.push_back(value - other->second);
  }
  return estimate(differences);
}

double quantile(std::vector<double> values, double p) {
  assert(!values.empty() && p >= 0 && p <= 1);
  std::sort(values.begin(), values.end());
  const double position = p * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (position - static_cast<double>(below)) * (values[above] - values[below]);
}

MedianInterval median_interval(std::vector<double> values) {
  MedianInterval result;
  result.n = values.size();
  if (values.empty()) return result;
  std::sort(values.begin(), values.end());
  const boost::math::binomial heads(static_cast<double>(values.size()), 0.5);
  const auto coverage = [&](std::size_t k) { return 1 - 2 * boost::math::cdf(heads, static_cast<double>(k) - 1); };
  std::size_t k = 1;
  while (2 * (k + 1) <= values.size() && coverage(k + 1) >= kConfidence) ++k;
  result.median = quantile(values, 0.5);
  result.low = values[k - 1];
  result.high = values[values.size() - k];
  result.coverage = coverage(k);
  return result;
}

std::vector<double> ratios(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> result(std::min(a.size(), b.size()));
  for (std::size_t i = 0; i < result.size(); ++i) result[i] = a[i] / b[i];
  return result;
}

double variation(const std::vector<double>& values) {
  const Estimate all = estimate(values);
  return all.sd && all.mean > 0 ? *all.sd / all.mean : 0;
}

}  // namespace bnexp::report
