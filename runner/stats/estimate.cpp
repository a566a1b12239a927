#include "stats/estimate.h"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cassert>
#include <cmath>
#include <limits>

namespace bnexp::stats {

Estimate Estimate::scaled(double factor) const {
  Estimate result{n, factor * mean, sd, half};
  if (sd) result.sd = factor * *sd;
  if (half) result.half = factor * *half;
  return result;
}

double t_critical(double confidence, double degrees) {
  assert(degrees > 0 && confidence > 0 && confidence < 1);
  return boost::math::quantile(boost::math::students_t(degrees), (1 + confidence) / 2);
}

Estimate estimate(const std::vector<double>& values, double confidence) {
  Estimate result;
  result.n = values.size();
  if (values.empty()) return result;
  const auto n = static_cast<double>(values.size());
  for (double value : values) result.mean += value / n;
  if (values.size() < 2) return result;
  // Equal values have no spread, whatever the rounding of their mean.
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  double squares = 0;
  for (double value : values) squares += (value - result.mean) * (value - result.mean);
  result.sd = *low == *high ? 0 : std::sqrt(squares / (n - 1));
  result.half = t_critical(confidence, n - 1) * *result.sd / std::sqrt(n);
  return result;
}

void equalize(std::vector<double>& values, double size) {
  if (values.empty()) return;
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  if (*high - *low <= 8 * std::numeric_limits<double>::epsilon() * size) {
    std::fill(values.begin(), values.end(), values.front());
  }
}

std::vector<double> paired_differences(const std::map<std::int64_t, double>& a,
                                       const std::map<std::int64_t, double>& b) {
  std::vector<double> differences;
  double largest = 0;
  bool finite = true;
  for (const auto& [seed, value] : a) {
    const auto other = b.find(seed);
    if (other == b.end()) continue;
    differences.push_back(value - other->second);
    finite = finite && std::isfinite(differences.back());
    largest = std::max({largest, std::abs(value), std::abs(other->second)});
  }
  if (finite) equalize(differences, largest);
  return differences;
}

Estimate paired_difference(const std::map<std::int64_t, double>& a, const std::map<std::int64_t, double>& b,
                           double confidence) {
  return estimate(paired_differences(a, b), confidence);
}

double variation(const std::vector<double>& values) {
  const Estimate all = estimate(values);
  return all.sd && all.mean > 0 ? *all.sd / all.mean : 0;
}

}  // namespace bnexp::stats
