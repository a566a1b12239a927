#include "stats/power.h"

#include <algorithm>
#include <boost/math/distributions/non_central_t.hpp>
#include <cmath>

#include "stats/require.h"
#include "stats/search.h"

namespace bnexp::stats {

namespace {

void require_study(double effect, std::size_t n, double alpha) {
  require(n >= 2 && std::isfinite(effect) && alpha > 0 && alpha < 1,
          "power: at least 2 seeds, a finite effect and a level within (0, 1)");
}

boost::math::non_central_t t_of(double effect, std::size_t n) {
  return boost::math::non_central_t(static_cast<double>(n - 1), effect * std::sqrt(static_cast<double>(n)));
}

}  // namespace

double t_test_power(double effect, std::size_t n, double alpha) {
  require_study(effect, n, alpha);
  if (effect == 0) return alpha;
  const double critical = t_critical(1 - alpha, static_cast<double>(n - 1));
  const auto t = t_of(std::abs(effect), n);
  return boost::math::cdf(boost::math::complement(t, critical)) + boost::math::cdf(t, -critical);
}

double equivalence_power(double effect, double margin, std::size_t n, double alpha) {
  require_study(effect, n, alpha);
  const double critical = t_critical(1 - alpha, static_cast<double>(n - 1));
  return std::max(0.0, 1 - boost::math::cdf(t_of(margin + effect, n), critical) -
                           boost::math::cdf(t_of(margin - effect, n), critical));
}

std::optional<std::size_t> seeds_for_power(double effect, double power, double alpha) {
  require(power > alpha && power < 1, "seeds_for_power: a power above the level and below 1");
  if (effect == 0) return std::nullopt;
  return first_number(2, kMostSeeds, [&](std::size_t n) { return t_test_power(effect, n, alpha) >= power; });
}

}  // namespace bnexp::stats
