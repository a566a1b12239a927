#include "stats/verdict.h"

#include "stats/cases.h"

namespace bnexp::stats {

// A difference with this interval.
Estimate with_interval(double mean, double half) { return {5, mean, half, half}; }

TEST_CASE("a family's p values and verdicts are those of SciPy and statsmodels") {
  for (const Json& c : cases("compare")) {
    INFO(c.dump());
    std::vector<std::vector<double>> differences;
    for (const Json& values : c["differences"]) differences.push_back(numbers(values));
    const std::vector<Comparison> comparisons = compare(differences, c["margin"]);
    REQUIRE(comparisons.size() == differences.size());
    for (std::size_t i = 0; i < comparisons.size(); ++i) {
      check_equal(comparisons[i].p, c["p"][i]);
      check_equal(comparisons[i].adjusted_p, c["adjusted_p"][i]);
      CHECK(name(comparisons[i].verdict) == c["verdicts"][i].get<std::string>());
      CHECK((comparisons[i].verdict == Verdict::undecided || !comparisons[i].further_seeds));
    }
  }
  CHECK(compare({}, 0.2).empty());
}

TEST_CASE("the intervals of a family are as wide as its size demands") {
  const std::vector<double> values{0.1, 0.5, 0.4, 0.2, 0.3};
  const Estimate one = compare({values}, 0)[0].difference, of_ten = compare({10, values}, 0)[0].difference;
  CHECK(*one.half == *estimate(values).half);
  CHECK(*of_ten.half == Approx(*estimate(values, 0.995).half).epsilon(1e-12));
}

TEST_CASE("an interval and a margin give one of four verdicts") {
  CHECK(verdict(with_interval(0.5, 0.4), 0.2) == Verdict::better);
  CHECK(verdict(with_interval(-0.5, 0.4), 0.2) == Verdict::worse);
  CHECK(verdict(with_interval(0.05, 0.1), 0.2) == Verdict::no_difference);
  CHECK(verdict(with_interval(0.5, 0.6), 0.2) == Verdict::undecided);
  // It excludes 0, but is too small to matter, or may be.
  CHECK(verdict(with_interval(0.1, 0.05), 0.2) == Verdict::no_difference);
  CHECK(verdict(with_interval(0.15, 0.1), 0.2) == Verdict::undecided);
  CHECK(verdict(with_interval(-0.15, 0.1), 0.2) == Verdict::undecided);
  CHECK(verdict(with_interval(0.2, 0.1), 0.2) == Verdict::better);
  CHECK_THROWS_AS(verdict(with_interval(1, 1), -1), std::invalid_argument);
}

TEST_CASE("an interval of zero width, and none, decide nothing") {
  CHECK(verdict(with_interval(0.5, 0), 0.2) == Verdict::undecided);
  CHECK(verdict(with_interval(0, 0), 0.2) == Verdict::undecided);
  CHECK(verdict(with_interval(0.5, 0), 0.2, 0.001) == Verdict::undecided);
  CHECK(verdict(estimate({0.5}), 0.2) == Verdict::undecided);
  CHECK(verdict(estimate({}), 0.2, std::nullopt) == Verdict::undecided);
}

TEST_CASE("better and worse need the interval and the adjusted p value, no difference the interval alone") {
  CHECK(verdict(with_interval(0.5, 0.4), 0.2, 0.04) == Verdict::better);
  CHECK(verdict(with_interval(-0.5, 0.4), 0.2, 0.04) == Verdict::worse);
  CHECK(verdict(with_interval(0.5, 0.6), 0.2, 0.04) == Verdict::undecided);
  CHECK(verdict(with_interval(-0.5, 0.6), 0.2, 0.04) == Verdict::undecided);
  CHECK(verdict(with_interval(0.5, 0.4), 0.2, 0.06) == Verdict::undecided);
  CHECK(verdict(with_interval(0.5, 0.4), 0.2, 0.06, 0.1) == Verdict::better);
  CHECK(verdict(with_interval(0.05, 0.1), 0.2, 0.9) == Verdict::no_difference);
}

TEST_CASE("the interval that is shown with a better or worse arm excludes 0") {
  std::size_t decided = 0, by_holm_alone = 0;
  for (const Json& c : cases("compare")) {
    std::vector<std::vector<double>> differences;
    for (const Json& values : c["differences"]) differences.push_back(numbers(values));
    for (const Comparison& one : compare(differences, c["margin"])) {
      const bool is_decided = one.verdict == Verdict::better || one.verdict == Verdict::worse;
      decided += is_decided ? 1 : 0;
      by_holm_alone += one.adjusted_p.value_or(1) <= 0.05 && !one.difference.clears_zero() ? 1 : 0;
      if (is_decided) CHECK(one.difference.clears_zero());
    }
  }
  CHECK(decided > 0);
  CHECK(by_holm_alone > 0);
}

TEST_CASE("fewer failures are better if Fisher's test says so") {
  CHECK(failure_verdict({0, 5}, {5, 5}, 0.008) == Verdict::better);
  CHECK(failure_verdict({5, 5}, {0, 5}, 0.008) == Verdict::worse);
  CHECK(failure_verdict({0, 5}, {3, 5}, 0.17) == Verdict::undecided);
  CHECK(failure_verdict({0, 5}, {0, 5}, 0) == Verdict::undecided);
  CHECK(failure_verdict({0, 0}, {5, 5}, 0) == Verdict::undecided);
}

TEST_CASE("the further seeds that would decide are those of a search with SciPy") {
  for (const Json& c : cases("further_seeds")) {
    INFO(c.dump());
    const Estimate difference{c["n"], c["mean"], c["sd"].get<double>(), std::nullopt};
    for (const auto& [looks, key] : {std::pair{Looks::once, "once"}, std::pair{Looks::every_seed, "every_seed"}}) {
      const auto seeds = further_seeds(difference, c["margin"], c["confidence"], looks);
      REQUIRE(seeds.has_value() == !c[key].is_null());
      if (seeds) CHECK(*seeds == c[key].get<std::size_t>());
    }
  }
  CHECK_FALSE(further_seeds(estimate({1}), 0.2));
  CHECK_THROWS_AS(further_seeds(estimate({1, 2}), -1), std::invalid_argument);
}

}  // namespace bnexp::stats
