#include "stats/t_test.h"

#include <boost/math/distributions/students_t.hpp>
#include <cmath>

#include "stats/require.h"

namespace bnexp::stats {
namespace {

// P(T > t)
double t_upper_tail(double t, double degrees) {
  return boost::math::cdf(boost::math::complement(boost::math::students_t(degrees), t));
}

bool has_spread(const Estimate& sample) { return sample.sd && *sample.sd > 0; }

double standard_error(const Estimate& sample) { return *sample.sd / std::sqrt(static_cast<double>(sample.n)); }

}  // namespace

std::optional<TTest> t_test(const Estimate& sample, double mean) {
  if (!has_spread(sample)) return std::nullopt;
  TTest result;
  result.t = (sample.mean - mean) / standard_error(sample);
  result.degrees = static_cast<double>(sample.n - 1);
  result.p = 2 * t_upper_tail(std::abs(result.t), result.degrees);
  return result;
}

std::optional<WelchTest> welch_t_test(const Estimate& a, const Estimate& b, double confidence) {
  require(confidence > 0 && confidence < 1, "welch_t_test: a confidence within (0, 1)");
  if (!a.sd || !b.sd || (*a.sd == 0 && *b.sd == 0)) return std::nullopt;
  const double error = std::hypot(standard_error(a), standard_error(b));
  // Shares of the variance, so that no fourth power under- or overflows.
  const double share_a = std::pow(standard_error(a) / error, 2), share_b = std::pow(standard_error(b) / error, 2);
  WelchTest result;
  result.difference = a.mean - b.mean;
  result.test.t = result.difference / error;
  result.test.degrees =
      1 / (share_a * share_a / static_cast<double>(a.n - 1) + share_b * share_b / static_cast<double>(b.n - 1));
  result.test.p = 2 * t_upper_tail(std::abs(result.test.t), result.test.degrees);
  result.half = t_critical(confidence, result.test.degrees) * error;
  return result;
}

std::optional<EquivalenceTest> two_one_sided_tests(const Estimate& sample, double margin) {
  require(margin > 0, "two_one_sided_tests: a margin above 0");
  if (!has_spread(sample)) return std::nullopt;
  const double error = standard_error(sample), degrees = static_cast<double>(sample.n - 1);
  return EquivalenceTest{t_upper_tail((sample.mean + margin) / error, degrees),
                         t_upper_tail((margin - sample.mean) / error, degrees)};
}

}  // namespace bnexp::stats
