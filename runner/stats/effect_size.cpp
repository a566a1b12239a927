#include "stats/effect_size.h"

#include <boost/math/special_functions/gamma.hpp>
#include <cmath>

#include "stats/require.h"

namespace bnexp::stats {

double hedges_correction(double degrees) {
  require(degrees >= 1, "hedges_correction: at least one degree of freedom");
  if (degrees == 1) return 0;
  // tgamma_delta_ratio(a, 1/2) = Gamma(a) / Gamma(a + 1/2)
  return 1 / (std::sqrt(degrees / 2) * boost::math::tgamma_delta_ratio((degrees - 1) / 2, 0.5));
}

std::optional<EffectSize> effect_size(const Estimate& differences) {
  if (!differences.sd || *differences.sd == 0) return std::nullopt;
  EffectSize result{differences.mean / *differences.sd, std::nullopt};
  if (differences.n > 2) result.corrected = result.d_z * hedges_correction(static_cast<double>(differences.n - 1));
  return result;
}

}  // namespace bnexp::stats
