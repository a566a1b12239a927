#include "stats/proportion.h"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <vector>

#include "stats/require.h"

namespace bnexp::stats {
namespace {

void require_count(const Count& count) { require(count.events <= count.n, "a count of more events than cases"); }

}  // namespace

Interval wilson_interval(const Count& count, double confidence) {
  require_count(count);
  require(confidence > 0 && confidence < 1, "wilson_interval: a confidence within (0, 1)");
  if (count.n == 0) return {0, 1};
  const double n = static_cast<double>(count.n), p = static_cast<double>(count.events) / n;
  const double z = boost::math::quantile(boost::math::normal(), (1 + confidence) / 2), z2 = z * z / n;
  const double center = (p + z2 / 2) / (1 + z2);
  const double half = z / (1 + z2) * std::sqrt((p * (1 - p) + z2 / 4) / n);
  // The formula gives 0 and 1 there, but for rounding.
  return {count.events == 0 ? 0 : center - half, count.events == count.n ? 1 : center + half};
}

double binomial_standard_error(double p, std::size_t n) {
  require(p >= 0 && p <= 1 && n > 0, "binomial_standard_error: a rate within [0, 1] of at least one case");
  return std::sqrt(p * (1 - p) / static_cast<double>(n));
}

double fisher_exact(const Count& a, const Count& b) {
  require_count(a);
  require_count(b);
  const std::size_t events = a.events + b.events;
  const std::size_t first = events > b.n ? events - b.n : 0, last = std::min(events, a.n);
  // Probabilities relative to the observed number's, by P(k + 1) / P(k) = (a.n - k) (events - k) / ((k + 1) (b.n -
  // events
  // + k + 1)).
  const auto ratio = [&](std::size_t k) {
    return static_cast<double>(a.n - k) * static_cast<double>(events - k) /
           (static_cast<double>(k + 1) * static_cast<double>(b.n + k + 1 - events));
  };
  double total = 1, extreme = 1;
  const auto add = [&](double weight) {
    total += weight;
    if (weight <= 1 + 1e-10) extreme += weight;
  };
  double weight = 1;
  for (std::size_t k = a.events; k < last; ++k) add(weight *= ratio(k));
  weight = 1;
  for (std::size_t k = a.events; k > first; --k) add(weight /= ratio(k - 1));
  return extreme / total;
}

}  // namespace bnexp::stats
