#include "stats/t_test.h"

#include "stats/cases.h"

namespace bnexp::stats {

TEST_CASE("t intervals of any confidence are SciPy's") {
  for (const Json& c : cases("t_interval")) {
    INFO(c.dump());
    const Estimate e = estimate(numbers(c["values"]), c["confidence"]);
    check_equal(e.sd, c["sd"]);
    check_equal(e.half, c["half"]);
  }
}

TEST_CASE("the t test is SciPy's, and none without a spread") {
  for (const Json& c : cases("t_test")) {
    INFO(c.dump());
    const std::optional<TTest> test = t_test(estimate(numbers(c["values"])), c["mean"]);
    REQUIRE(test.has_value() == !c["t"].is_null());
    if (!test) continue;
    check_equal(test->t, c["t"]);
    check_equal(test->p, c["p"]);
    CHECK(test->degrees == static_cast<double>(c["values"].size() - 1));
  }
}

TEST_CASE("Welch's test is SciPy's, and none without a spread") {
  for (const Json& c : cases("welch_t_test")) {
    INFO(c.dump());
    const auto test = welch_t_test(estimate(numbers(c["a"])), estimate(numbers(c["b"])), c["confidence"]);
    REQUIRE(test.has_value() == !c["t"].is_null());
    if (!test) continue;
    check_equal(test->difference, c["difference"]);
    check_equal(test->half, c["half"]);
    check_equal(test->test.t, c["t"]);
    check_equal(test->test.degrees, c["degrees"]);
    check_equal(test->test.p, c["p"]);
  }
}

TEST_CASE("the two one-sided tests are those of statsmodels") {
  for (const Json& c : cases("two_one_sided_tests")) {
    INFO(c.dump());
    const auto test = two_one_sided_tests(estimate(numbers(c["values"])), c["margin"]);
    REQUIRE(test.has_value() == !c["p"].is_null());
    if (!test) continue;
    check_equal(test->p_low, c["p_low"]);
    check_equal(test->p_high, c["p_high"]);
    check_equal(test->p(), c["p"]);
  }
}

TEST_CASE("two one-sided tests at half the error agree with the interval within the margin") {
  for (const Json& c : cases("two_one_sided_tests")) {
    INFO(c.dump());
    const Estimate e = estimate(numbers(c["values"]));
    const double margin = c["margin"];
    if (const auto test = two_one_sided_tests(e, margin))
      CHECK((test->p() < 0.025) == (e.low() > -margin && e.high() < margin));
  }
  CHECK_THROWS_AS(two_one_sided_tests(estimate({1, 2}), 0), std::invalid_argument);
}

}  // namespace bnexp::stats
