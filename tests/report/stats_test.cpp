#include "report/stats.h"

#include "support/catch.h"

namespace bnexp::report {

// Critical values as tabulated in NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2 (t at 0.975), and as
// scipy.stats.t.ppf(0.975, df) gives them to more digits.
TEST_CASE("critical values of t are those of the tables") {
  CHECK(t_critical(0.95, 1) == Approx(12.7062047362).epsilon(1e-9));
  CHECK(t_critical(0.95, 2) == Approx(4.30265272991).epsilon(1e-9));
  CHECK(t_critical(0.95, 4) == Approx(2.77644510520).epsilon(1e-9));
  CHECK(t_critical(0.95, 29) == Approx(2.04522964213).epsilon(1e-9));
  CHECK(t_critical(0.99, 10) == Approx(3.16927267262).epsilon(1e-9));
}

TEST_CASE("a mean comes with the interval of Student's t") {
  // By hand: mean 5, squares 9+1+1+1+0+0+4+16 = 32, sd sqrt(32/7); half-width t(7) sd / sqrt(8), t(7) = 2.36462425101.
  const Estimate e = estimate({2, 4, 4, 4, 5, 5, 7, 9});
  CHECK(e.n == 8);
  CHECK(e.mean == Approx(5));
  CHECK(*e.sd == Approx(2.13808993529).epsilon(1e-9));
  CHECK(*e.half == Approx(2.36462425101 * 2.13808993529 / 2.82842712475).epsilon(1e-9));
  CHECK(e.clears_zero());
}

TEST_CASE("one value has no interval and none no mean") {
  const Estimate one = estimate({0.97});
  CHECK(one.mean == Approx(0.97));
  CHECK_FALSE(one.half);
  CHECK_FALSE(one.sd);
  CHECK_FALSE(one.clears_zero());
  CHECK(estimate({}).n == 0);
}

TEST_CASE("equal values have a spread of exactly zero, which decides nothing") {
  const Estimate e = estimate({0.1135, 0.1135, 0.1135});
  CHECK(*e.half == 0);
  CHECK_FALSE(e.clears_zero());
}

TEST_CASE("a paired difference uses the seeds that both have") {
  // Differences 1.0, 1.2, 0.8 over seeds 1, 2, 4: mean 1, sd 0.2, half-width 4.30265272991 * 0.2 / sqrt(3).
  const Estimate e =
      paired_difference({{1, 97.0}, {2, 97.2}, {3, 50.0}, {4, 96.8}}, {{1, 96.0}, {2, 96.0}, {4, 96.0}, {5, 10.0}});
  CHECK(e.n == 3);
  CHECK(e.mean == Approx(1.0));
  CHECK(*e.half == Approx(0.49682754).epsilon(1e-6));
  CHECK(e.clears_zero());
}

TEST_CASE("pairing finds a difference that seeds of a wide spread would hide") {
  const std::map<std::int64_t, double> a{{1, 90.1}, {2, 95.2}, {3, 99.1}}, b{{1, 90.0}, {2, 95.0}, {3, 99.0}};
  CHECK(paired_difference(a, b).mean == Approx(0.1333333));
  CHECK(paired_difference(a, b).low() > -0.02);
  CHECK(paired_difference(b, a).high() < 0.02);
}

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

TEST_CASE("variation is the deviation in parts of the mean") {
  CHECK(variation({9, 10, 11}) == Approx(0.1));
  CHECK(variation({5}) == 0);
}

}  // namespace bnexp::report
