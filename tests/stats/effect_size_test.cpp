#include "stats/effect_size.h"

#include "stats/cases.h"

namespace bnexp::stats {

TEST_CASE("effect sizes and Hedges' correction are those of high-precision arithmetic") {
  for (const Json& c : cases("effect_size")) {
    INFO(c.dump());
    const std::optional<EffectSize> effect = effect_size(estimate(numbers(c["values"])));
    REQUIRE(effect.has_value() == !c["d_z"].is_null());
    if (!effect) continue;
    check_equal(effect->d_z, c["d_z"]);
    check_equal(effect->corrected, c["corrected"]);
  }
}

// By hand: Gamma(1/2) = sqrt(pi), Gamma(3/2) = sqrt(pi) / 2; for many degrees about 1 - 3 / (4 m).
TEST_CASE("Hedges' correction is right where Gamma has a closed form") {
  CHECK(hedges_correction(1) == 0);
  CHECK(hedges_correction(2) == Approx(0.56418958354775628695).epsilon(1e-14));
  CHECK(hedges_correction(4) == Approx(0.79788456080286535588).epsilon(1e-14));
  CHECK(hedges_correction(1e6) == Approx(1 - 3 / 4e6).epsilon(1e-10));
  CHECK_THROWS_AS(hedges_correction(0), std::invalid_argument);
}

}  // namespace bnexp::stats
