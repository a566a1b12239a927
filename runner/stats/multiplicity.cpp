#include "stats/multiplicity.h"

#include <algorithm>
#include <numeric>

#include "stats/require.h"

namespace bnexp::stats {

std::vector<double> holm(const std::vector<double>& p) {
  for (const double value : p) require(value >= 0 && value <= 1, "holm: p values within [0, 1]");
  std::vector<std::size_t> order(p.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return p[a] < p[b]; });
  std::vector<double> adjusted(p.size());
  double largest = 0;
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    largest = std::max(largest, std::min(1.0, static_cast<double>(p.size() - rank) * p[order[rank]]));
    adjusted[order[rank]] = largest;
  }
  return adjusted;
}

double bonferroni_confidence(std::size_t comparisons, double confidence) {
  require(comparisons > 0, "bonferroni_confidence: at least one comparison");
  return 1 - (1 - confidence) / static_cast<double>(comparisons);
}

}  // namespace bnexp::stats
