// Curves of a value over steps or seconds: when they reach a threshold, and the area under them.
#pragma once

#include <cstddef>
#include <vector>

#include "stats/order.h"

namespace bnexp::stats {

enum class Goal { at_least, at_most };  // the threshold for an accuracy, for a loss

// The first x, in its own unit, whose y is at least (at most) `threshold`, without interpolation; infinity if there is
// none (censored: the trial ended before). x increases. A y that is NaN reaches nothing. Throws std::invalid_argument
// if x and y differ in length or x does not increase.
double time_to_threshold(const std::vector<double>& x, const std::vector<double>& y, double threshold,
                         Goal goal = Goal::at_least);

// Times over seeds, of which some may be infinite.
struct TimesToThreshold {
  std::size_t reached = 0;  // how many of `median.n` are finite
  MedianInterval median;    // may be infinite, and so may its ends
};

// Throws std::invalid_argument for NaN.
TimesToThreshold times_to_threshold(const std::vector<double>& times);

// The area under y over x by the trapezoid rule, sum (x_(i+1) - x_i) (y_i + y_(i+1)) / 2, in the product of their
// units: scipy.integrate.trapezoid(y, x). 0 for fewer than two points; NaN if a y is NaN. Throws as time_to_threshold
// does.
double area_under_curve(const std::vector<double>& x, const std::vector<double>& y);

}  // namespace bnexp::stats
