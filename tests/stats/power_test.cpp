#include "stats/power.h"

#include "stats/cases.h"

namespace bnexp::stats {

TEST_CASE("the power of the t test is that of statsmodels, to more digits") {
  for (const Json& c : cases("t_test_power")) {
    INFO(c.dump());
    check_equal(t_test_power(c["effect"], c["n"], c["alpha"]), c["power"]);
  }
  CHECK_THROWS_AS(t_test_power(1, 1), std::invalid_argument);
}

TEST_CASE("the power to show that there is no difference is bounded as with SciPy") {
  for (const Json& c : cases("equivalence_power")) {
    INFO(c.dump());
    const double power = equivalence_power(c["effect"], c["margin"], c["n"], c["alpha"]);
    CHECK(power == Approx(c["power"].get<double>()).epsilon(1e-9));
  }
  CHECK_THROWS_AS(equivalence_power(0, 1, 1), std::invalid_argument);
}

TEST_CASE("the seeds that a power needs are those of statsmodels") {
  for (const Json& c : cases("seeds_for_power")) {
    INFO(c.dump());
    const std::optional<std::size_t> n = seeds_for_power(c["effect"], c["power"], c["alpha"]);
    REQUIRE(n.has_value() == !c["n"].is_null());
    if (n) CHECK(*n == c["n"].get<std::size_t>());
  }
  CHECK_FALSE(seeds_for_power(1e-4));
  CHECK_THROWS_AS(seeds_for_power(1, 0.01), std::invalid_argument);
}

}  // namespace bnexp::stats
