#include "stats/sequential.h"

#include "stats/cases.h"

namespace bnexp::stats {

TEST_CASE("E values and confidence sequences are those of high-precision arithmetic") {
  for (const Json& c : cases("sequential_t_test")) {
    INFO(c.dump());
    const Estimate sample = estimate(numbers(c["values"]));
    check_equal(log_e_value(sample, 0, c["g"]), c["log_e"]);
    check_equal(confidence_sequence(sample, c["confidence"], c["g"]).half, c["half"]);
  }
}

TEST_CASE("E values of failures are those of high-precision arithmetic") {
  for (const Json& c : cases("sequential_failures")) {
    INFO(c.dump());
    check_equal(log_e_value_of_failures(c["only_a"], c["only_b"]), c["log_e"]);
  }
}

TEST_CASE("7 seeds at which only one arm fails are the first that decide about failures") {
  CHECK(anytime_p(log_e_value_of_failures(6, 0)) > 0.05);
  CHECK(anytime_p(log_e_value_of_failures(0, 7)) < 0.05);
  CHECK(anytime_p(log_e_value_of_failures(7, 1)) > 0.05);
  CHECK(anytime_p(log_e_value_of_failures(0, 0)) == 1);
}

TEST_CASE("the ends of the confidence sequence are the means with an E value of 1 / alpha") {
  const Estimate sample = estimate({0.1, 0.5, 0.2, 0.9, 0.4, -0.3});
  const Estimate sequence = confidence_sequence(sample, 0.9);
  CHECK(e_value(*log_e_value(sample, sequence.low())) == Approx(10).epsilon(1e-10));
  CHECK(e_value(*log_e_value(sample, sequence.high())) == Approx(10).epsilon(1e-10));
  CHECK(anytime_p(*log_e_value(sample, sequence.high())) == Approx(0.1).epsilon(1e-10));
  CHECK(anytime_p(*log_e_value(sample, sample.mean)) == 1);
}

TEST_CASE("5 seeds are the first that the anytime-valid test can decide with") {
  CHECK_FALSE(confidence_sequence(estimate({1, 1.001, 0.999, 1})).half);
  CHECK(confidence_sequence(estimate({1, 1.001, 0.999, 1, 1})).clears_zero());
  CHECK_FALSE(confidence_sequence(estimate({1, 1, 1, 1, 1})).clears_zero());
  CHECK_THROWS_AS(log_e_value(estimate({1, 2, 3}), 0, 0), std::invalid_argument);
  CHECK_THROWS_AS(confidence_sequence(estimate({1, 2, 3}), 1), std::invalid_argument);
}

}  // namespace bnexp::stats
