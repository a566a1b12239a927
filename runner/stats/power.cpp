#include "stats/power.h"

#include <boost/math/distributions/non_central_t.hpp>
#include <cmath>

#include "stats/require.h"
#include "stats/search.h"

namespace bnexp::stats {

double t_test_power(double effect, std::size_t n, double alpha) {
  require(n >= 2 && std::isfinite(effect) && alpha > 0 && alpha < 1,
          "t_test_power: at least 2 seeds, a finite effect and a level within (0, 1)");
  const auto degrees = static_cast<double>(n - 1);
  const double critical = t_critical(1 - alpha, degrees);
  if (effect == 0) return alpha;
  const boost::math::non_central_t t(degrees, std::abs(effect) * std::sqrt(static_cast<double>(n)));
  return boost::math::cdf(boost::math::complement(t, critical)) + boost::math::cdf(t, -critical);
}

std::optional<std::size_t> seeds_for_power(double effect, double power, double alpha) {
  require(power > alpha && power < 1, "seeds_for_power: a power above the level and below 1");
  if (effect == 0) return std::nullopt;
  return first_number(2, kMostSeeds, [&](std::size_t n) { return t_test_power(effect, n, alpha) >= power; });
}

}  // namespace bnexp::stats
