#include "stats/order.h"

#include "stats/cases.h"

namespace bnexp::stats {

TEST_CASE("quantiles interpolate as NumPy does by default") {
  // numpy.quantile([3, 1, 2, 4], [0.25, 0.5, 0.9]) = 1.75, 2.5, 3.7
  CHECK(quantile({3, 1, 2, 4}, 0.25) == Approx(1.75));
  CHECK(quantile({3, 1, 2, 4}, 0.5) == Approx(2.5));
  CHECK(quantile({3, 1, 2, 4}, 0.9) == Approx(3.7));
  CHECK(quantile({7}, 0.5) == Approx(7));
}

// Ranks and coverage as tabulated in Conover, Practical Nonparametric Statistics, and by hand: for n = 15,
// 1 - 2 (1 + 15 + 105 + 455) / 2^15 = 0.96484; one rank further in it is 0.88.
TEST_CASE("a median comes with the order statistics that hold it in 95 of 100 samples") {
  const MedianInterval of_15 = median_interval({15, 3, 1, 2, 14, 4, 13, 5, 12, 6, 11, 7, 10, 8, 9});
  CHECK(of_15.n == 15);
  CHECK(of_15.median == 8);
  CHECK(of_15.low == 4);
  CHECK(of_15.high == 12);
  CHECK(of_15.coverage == Approx(1 - 2 * 576.0 / 32768).epsilon(1e-12));
  const MedianInterval of_10 = median_interval({1, 2, 3, 4, 5, 6, 7, 8, 9, 100});
  CHECK(of_10.median == 5.5);
  CHECK(of_10.low == 2);
  CHECK(of_10.high == 9);
  CHECK(of_10.coverage == Approx(1 - 2 * 11.0 / 1024).epsilon(1e-12));
}

TEST_CASE("a median has the interval that SciPy gives it, at the confidence asked for") {
  for (const Json& c : cases("median_interval")) {
    INFO(c.dump());
    const MedianInterval interval = median_interval(numbers(c["values"]), c["confidence"]);
    CHECK(interval.low == c["low"].get<double>());
    CHECK(interval.high == c["high"].get<double>());
    check_equal(interval.median, c["median"]);
    CHECK(interval.coverage == Approx(c["coverage"].get<double>()).margin(1e-12));
  }
}

TEST_CASE("few values give their whole span as the interval, and say how little that is") {
  const MedianInterval of_6 = median_interval({6, 5, 4, 3, 2, 1});
  CHECK(of_6.low == 1);
  CHECK(of_6.high == 6);
  CHECK(of_6.coverage == Approx(1 - 2.0 / 64));
  const MedianInterval of_3 = median_interval({3, 1, 2});
  CHECK(of_3.median == 2);
  CHECK(of_3.low == 1);
  CHECK(of_3.high == 3);
  CHECK(of_3.coverage == Approx(0.75));
  CHECK(median_interval({7}).coverage == Approx(0));
  CHECK(median_interval({}).n == 0);
}

TEST_CASE("ratios pair neighbours, so that what drifts in both cancels") {
  const std::vector<double> slow{20, 40, 80}, fast{10, 20, 40, 99};
  CHECK(ratios(slow, fast) == std::vector<double>{2, 2, 2});
  CHECK(median_interval(ratios(slow, fast)).high == 2);
}

}  // namespace bnexp::stats
