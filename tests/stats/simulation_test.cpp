#include "stats/simulation.h"

#include "support/catch.h"

namespace bnexp::stats {

// Enough that a share of 5 % has a standard error of 0.15 points, one of 2.4 % of 0.11.
constexpr std::size_t kStudies = 20000;

TEST_CASE("t intervals contain the truth in 95 of 100 studies, and verdicts are wrong in 5") {
  for (const std::size_t n : {3, 5, 10, 30}) {
    CAPTURE(n);
    const FixedRates null = simulate_fixed(0, n, kStudies, n);
    CHECK(null.coverage == Approx(0.95).margin(0.006));
    CHECK(null.differs == Approx(0.05).margin(0.006));
    CHECK(null.sign_flips <= 0.05 + 0.0045);
    const FixedRates at_margin = simulate_fixed(1, n, kStudies, n);
    CHECK(at_margin.no_difference <= 0.025 + 0.0035);
    CHECK(at_margin.no_difference > 0.015);
    CHECK(at_margin.equivalent <= 0.05 + 0.0045);
  }
}

// 80.8 % is the power that statsmodels gives for 34 seeds; with a normal instead of a t distribution 30 would do.
TEST_CASE("the power of the t test is what studies find") {
  CHECK(simulate_fixed(0.5, 34, kStudies, 1).differs == Approx(0.8078).margin(0.012));
}

TEST_CASE("Holm keeps ten null comparisons at 5 %, which raw p values do not") {
  const FamilyRates rates = simulate_family(10, 5, kStudies, 1);
  CHECK(rates.holm <= 0.05 + 0.0045);
  CHECK(rates.holm > 0.04);
  CHECK(rates.raw == Approx(0.4013).margin(0.015));        // 1 - 0.95^10
  CHECK(rates.coverage == Approx(0.9511).margin(0.0065));  // 0.995^10
}

// The expected numbers are of 400,000 studies simulated with NumPy. With nu = n instead of n - 1, 2.96 % instead
// of 2.42 % are wrong, and 6 instead of 7 seeds find an effect of 2 sd.
TEST_CASE(
    "looking after every seed is wrong in 2.4 % of studies with the anytime-valid test, and in 29 % with the t test") {
  const SequentialRates null = simulate_sequential(0, 40, kStudies, 1);
  CHECK(null.anytime.found == Approx(0.0242).margin(0.0038));
  CHECK(null.peeking.found > 0.25);
  CHECK(null.coverage == Approx(0.9758).margin(0.0038));
  const SequentialRates half = simulate_sequential(0.5, 40, kStudies, 2);
  CHECK(half.anytime.found == Approx(0.5695).margin(0.014));
  CHECK(half.anytime.median == 23);
  CHECK(simulate_sequential(1, 40, kStudies, 3).anytime.median == 12);
  CHECK(simulate_sequential(2, 40, kStudies, 4).anytime.median == 7);
  CHECK(simulate_sequential(4, 40, kStudies, 5).anytime.median == 5);
}

TEST_CASE("Fisher's test is wrong in at most 5 % of studies of arms that fail equally often") {
  CHECK(simulate_failures(0.5, 5, kStudies, 1).fisher == Approx(0.0215).margin(0.005));  // 22 / 1024, by hand
  CHECK(simulate_failures(0.5, 20, kStudies, 1).coverage ==
        Approx(0.9586).margin(0.006));  // of 20 coins, 6 to 14 heads
  CHECK(simulate_failures(0.3, 20, kStudies, 2).fisher <= 0.05);
}

// With a likelihood ratio that lacks the factor 2 of a pair nothing is found, with a uniform instead of the Beta(1/2,
// 1/2) prior 8 seeds are needed.
TEST_CASE("looking at failures after every seed is wrong in at most 5 % of studies, with Fisher's test in more") {
  for (const double rate : {0.1, 0.3, 0.5, 0.8}) {
    CAPTURE(rate);
    const FailingRates null = simulate_failing(rate, rate, 20, 5000, 1);
    CHECK(null.anytime.found <= 0.05);
    CHECK(null.either <= 0.05);
  }
  CHECK(simulate_failing(0.5, 0.5, 20, 5000, 1).peeking.found > 0.06);
  CHECK(simulate_failing(1, 0, 20, 10, 2).anytime.median == 7);
  CHECK(simulate_failing(0.9, 0.1, 20, 5000, 3).anytime.found > 0.9);
}

}  // namespace bnexp::stats
