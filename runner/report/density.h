// A recorded histogram as a smooth density.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "report/lines.h"

namespace bnexp::report {

// Bins of equal width; `heights` as a density. Not empty, with low < high and a positive sum of finite heights.
struct Histogram {
  double low = 0;
  double high = 1;
  std::vector<double> heights;

  double bin() const { return (high - low) / static_cast<double>(heights.size()); }
  double quantile(double p) const;  // linear within a bin
  // All values are equal up to float32's precision: a unit whose output doesn't depend on the image.
  bool constant() const;
};

// Nothing for a histogram that doesn't meet the conditions.
std::optional<Histogram> histogram(double low, double high, std::vector<double> heights);

// The x that a frame of several densities shows: the central 98 % of each. Those more than ten times as wide as the
// median one don't count: they are cut at the frame.
std::pair<double, double> density_range(const std::vector<Histogram>& histograms);

// A Gaussian kernel estimate over `range`. Bandwidth: Silverman's rule (1986, equation 3.31), at least half a bin and
// one percent of the range, so that no peak exceeds 40 / range.
std::vector<Point> kernel_density(const Histogram& histogram, const std::pair<double, double>& range);

}  // namespace bnexp::report
