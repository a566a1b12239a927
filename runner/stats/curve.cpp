#include "stats/curve.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "stats/require.h"

namespace bnexp::stats {
namespace {

void require_curve(const std::vector<double>& x, const std::vector<double>& y) {
  require(x.size() == y.size(), "a curve with as many x as y");
  for (std::size_t i = 1; i < x.size(); ++i) require(x[i - 1] < x[i], "a curve with increasing x");
}

}  // namespace

double time_to_threshold(const std::vector<double>& x, const std::vector<double>& y, double threshold, Goal goal) {
  require_curve(x, y);
  for (std::size_t i = 0; i < x.size(); ++i)
    if (goal == Goal::at_least ? y[i] >= threshold : y[i] <= threshold) return x[i];
  return std::numeric_limits<double>::infinity();
}

TimesToThreshold times_to_threshold(const std::vector<double>& times) {
  for (const double time : times) require(!std::isnan(time), "times_to_threshold: a time that is NaN");
  const auto reached = std::count_if(times.begin(), times.end(), [](double time) { return std::isfinite(time); });
  return {static_cast<std::size_t>(reached), median_interval(times)};
}

double area_under_curve(const std::vector<double>& x, const std::vector<double>& y) {
  require_curve(x, y);
  double area = 0;
  for (std::size_t i = 1; i < x.size(); ++i) area += (x[i] - x[i - 1]) * (y[i - 1] + y[i]) / 2;
  return area;
}

}  // namespace bnexp::stats
