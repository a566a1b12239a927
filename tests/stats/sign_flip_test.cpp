#include "stats/sign_flip.h"

#include <limits>

#include "stats/cases.h"

namespace bnexp::stats {

TEST_CASE("the sign-flip test is SciPy's up to 20 differences, and that of the named stream above") {
  for (const Json& c : cases("sign_flip_test")) {
    INFO(c.dump());
    const SignFlipTest test = sign_flip_test(numbers(c["values"]), c["seed"].get<std::uint64_t>());
    check_equal(test.p, c["p"]);
    check_equal(test.smallest_p, c["smallest_p"]);
    CHECK(test.exact == c["exact"].get<bool>());
  }
}

TEST_CASE("5 seeds cannot reach 5 % by flipping signs, 6 can") {
  CHECK(sign_flip_test({0.5, 0.6, 0.7, 0.8, 0.9}).p == 0.0625);
  CHECK(smallest_sign_flip_p(5) == 0.0625);
  CHECK(smallest_sign_flip_p(6) == 0.03125);
  CHECK(smallest_sign_flip_p(0) == 1);
  CHECK(smallest_sign_flip_p(1) == 1);
}

TEST_CASE("sums that differ by rounding alone are ties") {
  // Differences of 0.1, but for rounding: four different numbers.
  const std::vector<double> values{97.3 - 97.2, 97.5 - 97.4, 0.3 - 0.2, -(98.21 - 98.11)};
  REQUIRE(values[0] != values[2]);
  CHECK(sign_flip_test(values).p == sign_flip_test({1, 1, 1, -1}).p);
}

TEST_CASE("sampled and exact p agree, and another seed gives another sample") {
  std::vector<double> values;
  for (int i = 0; i < 20; ++i) values.push_back(i % 3 == 0 ? -0.4 - 0.01 * i : 0.3 + 0.02 * i);
  const double exact = sign_flip_test(values).p;
  values.push_back(0);  // the 21st difference changes no sum
  const SignFlipTest sampled = sign_flip_test(values, 1);
  CHECK_FALSE(sampled.exact);
  CHECK(std::abs(sampled.p - exact) < 4 * std::sqrt(exact * (1 - exact) / 1e5));
  CHECK(sampled.p != sign_flip_test(values, 2).p);
  CHECK(sampled.p == sign_flip_test(values, 1).p);
}

TEST_CASE("a difference that is not finite is refused by the sign-flip test") {
  CHECK_THROWS_AS(sign_flip_test({1, std::numeric_limits<double>::quiet_NaN()}), std::invalid_argument);
}

}  // namespace bnexp::stats
