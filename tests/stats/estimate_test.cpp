#include "stats/estimate.h"

#include <cmath>
#include <limits>

#include "support/catch.h"

namespace bnexp::stats {

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

TEST_CASE("one shift of every seed has no spread, whatever the rounding of the decimals") {
  const std::map<std::int64_t, double> a{{1, 0.9731}, {2, 0.9684}, {3, 0.9712}},
      b{{1, 0.9721}, {2, 0.9674}, {3, 0.9702}};
  const Estimate shift = paired_difference(a, b);
  CHECK(shift.mean == Approx(0.001));
  CHECK(*shift.sd == 0);
  CHECK_FALSE(shift.clears_zero());
  CHECK(*paired_difference(a, {{1, 0.9721}, {2, 0.9674}, {3, 0.9701}}).sd > 0);  // one image of 10,000
}

TEST_CASE("a seed with an infinite value leaves the differences of the others as they are") {
  const double never = std::numeric_limits<double>::infinity();
  const std::map<std::int64_t, double> b{{1, 40}, {2, 60}, {3, 50}, {4, 50}, {5, 50}};
  CHECK(paired_differences({{1, 70}, {2, 50}, {3, 50}, {4, 50}, {5, never}}, b) ==
        std::vector<double>{30, -10, 0, 0, never});
  const auto both = paired_differences({{1, 70}, {2, never}, {3, 51}}, {{1, 40}, {2, never}, {3, 50}});
  CHECK(both[0] == 30);
  CHECK(std::isnan(both[1]));
  CHECK(both[2] == 1);
}

TEST_CASE("variation is the standard deviation divided by the mean") {
  CHECK(variation({9, 10, 11}) == Approx(0.1));
  CHECK(variation({5}) == 0);
}

TEST_CASE("values that differ by rounding alone are made equal, others stay as they are") {
  std::vector<double> rounded{1.0, 1.0 + 4e-16, 1.0 - 2e-16}, others{1.0, 1.0 + 1e-12};
  equalize(rounded, 1);
  CHECK(rounded == std::vector<double>{1, 1, 1});
  equalize(others, 1);
  CHECK(others[1] == 1.0 + 1e-12);
  std::vector<double> none;
  equalize(none, 1);
  CHECK(none.empty());
}

}  // namespace bnexp::stats
