// Several comparisons at once: adjusted p values, and the confidence of intervals that hold together.
#pragma once

#include <cstddef>
#include <vector>

#include "stats/estimate.h"

namespace bnexp::stats {

// Holm's step-down adjustment of the p values of one family, in their order: with p_(1) <= ... <= p_(m), the i-th
// smallest becomes max over j <= i of min(1, (m - j + 1) p_(j)). If those at most alpha are called significant, the
// probability that any of them is a false positive is at most alpha, however the tests depend on each other. Throws
// std::invalid_argument for a value outside [0, 1] and for NaN.
// statsmodels' multipletests(p, method='holm').
// Source: Holm 1979, "A simple sequentially rejective multiple test procedure".
std::vector<double> holm(const std::vector<double>& p);

// 1 - (1 - confidence) / comparisons: the confidence of each of as many intervals that together contain their true
// values with at least `confidence` (Bonferroni). comparisons > 0.
double bonferroni_confidence(std::size_t comparisons, double confidence = kConfidence);

}  // namespace bnexp::stats
