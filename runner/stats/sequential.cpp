#include "stats/sequential.h"

#include <algorithm>
#include <cmath>

#include "stats/require.h"

namespace bnexp::stats {

std::optional<double> log_e_value(const Estimate& sample, double mean, double g) {
  require(g > 0, "log_e_value: a prior variance above 0");
  if (sample.n < kFirstLook || !sample.sd || *sample.sd == 0) return std::nullopt;
  const double n = static_cast<double>(sample.n), nu = n - 1, c = 1 + n * g;
  const double t = (sample.mean - mean) * std::sqrt(n) / *sample.sd, x = t * t / nu;
  return (nu + 1) / 2 * (std::log1p(x) - std::log1p(x / c)) - std::log(c) / 2;
}

double log_e_value_of_failures(std::size_t only_a, std::size_t only_b) {
  double log_e = 0;
  std::size_t pairs = 0;
  for (const std::size_t only : {only_a, only_b}) {
    for (std::size_t i = 0; i < only; ++i) {
      log_e += std::log(2 * (static_cast<double>(i) + 0.5) / static_cast<double>(++pairs));
    }
  }
  return log_e;
}

double e_value(double log_e) { return std::exp(log_e); }

double anytime_p(double log_e) { return std::min(1.0, std::exp(-log_e)); }

Estimate confidence_sequence(const Estimate& sample, double confidence, double g) {
  require(confidence > 0 && confidence < 1 && g > 0,
          "confidence_sequence: a confidence within (0, 1) and a prior variance above 0");
  Estimate result{sample.n, sample.mean, sample.sd, std::nullopt};
  if (sample.n < kFirstLook || !sample.sd) return result;
  const double n = static_cast<double>(sample.n), nu = n - 1, c = 1 + n * g;
  const double log_r = (std::log(c) - 2 * std::log(1 - confidence)) / n;
  if (log_r < std::log(c)) {
    result.half = *sample.sd * std::sqrt(nu / n * std::expm1(log_r) / -std::expm1(log_r - std::log(c)));
  }
  return result;
}

}  // namespace bnexp::stats
