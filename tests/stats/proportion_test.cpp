#include "stats/proportion.h"

#include "stats/cases.h"

namespace bnexp::stats {

TEST_CASE("Wilson's interval is SciPy's") {
  for (const Json& c : cases("wilson_interval")) {
    INFO(c.dump());
    const Interval interval = wilson_interval({c["events"], c["n"]}, c["confidence"]);
    check_equal(interval.low, c["low"]);
    check_equal(interval.high, c["high"]);
  }
  CHECK(wilson_interval({0, 0}).low == 0);
  CHECK(wilson_interval({0, 0}).high == 1);
  for (std::size_t n = 1; n < 50; ++n) {
    CHECK(wilson_interval({0, n}).low == 0);
    CHECK(wilson_interval({n, n}).high == 1);
  }
  CHECK_THROWS_AS(wilson_interval({2, 1}), std::invalid_argument);
}

TEST_CASE("Fisher's exact test is SciPy's, whichever arm comes first") {
  for (const Json& c : cases("fisher_exact")) {
    INFO(c.dump());
    const Count a{c["a"][0], c["a"][1]}, b{c["b"][0], c["b"][1]};
    check_equal(fisher_exact(a, b), c["p"]);
    check_equal(fisher_exact(b, a), c["p"]);
    check_equal(fisher_exact({a.n - a.events, a.n}, {b.n - b.events, b.n}), c["p"]);
  }
  CHECK_THROWS_AS(fisher_exact({2, 1}, {0, 1}), std::invalid_argument);
}

TEST_CASE("10,000 images leave an error of 0.14 points at 98 %") {
  CHECK(binomial_standard_error(0.98, 10000) == Approx(0.0014).epsilon(1e-12));
  CHECK(binomial_standard_error(1, 10) == 0);
  CHECK_THROWS_AS(binomial_standard_error(98, 10000), std::invalid_argument);
}

}  // namespace bnexp::stats
