#include "stats/sign_flip.h"

#include <algorithm>
#include <cmath>

#include "base/random.h"
#include "stats/require.h"

namespace bnexp::stats {
namespace {

// sum s_i d_i for every sign pattern s over [first, last).
std::vector<double> signed_sums(std::vector<double>::const_iterator first, std::vector<double>::const_iterator last) {
  std::vector<double> sums{0};
  for (; first != last; ++first) {
    const std::size_t count = sums.size();
    for (std::size_t i = 0; i < count; ++i) {
      sums.push_back(sums[i] - *first);
      sums[i] += *first;
    }
  }
  return sums;
}

// The share of all sign patterns whose sum is at least `observed` away from 0. A pattern and its opposite have the same
// distance, so the first sign is always +.
double exact_sign_flip_p(const std::vector<double>& differences, double observed) {
  const auto middle = differences.begin() + static_cast<std::ptrdiff_t>((differences.size() + 1) / 2);
  const std::vector<double> left = signed_sums(differences.begin() + 1, middle);
  const std::vector<double> right = signed_sums(middle, differences.end());
  std::size_t reached = 0;
  for (const double a : left)
    for (const double b : right) reached += std::abs(differences[0] + a + b) >= observed ? 1 : 0;
  return static_cast<double>(reached) / static_cast<double>(left.size() * right.size());
}

double sampled_sign_flip_p(const std::vector<double>& differences, double observed, std::uint64_t seed) {
  Random random(seed, "stats/sign_flip");
  std::uint64_t reached = 0;
  for (std::uint64_t sample = 0; sample < kSignFlipSamples; ++sample) {
    double sum = 0;
    std::uint64_t signs = 0;
    for (std::size_t i = 0; i < differences.size(); ++i) {
      signs = i % 64 == 0 ? random.next() : signs >> 1;
      sum += (signs & 1) != 0 ? differences[i] : -differences[i];
    }
    reached += std::abs(sum) >= observed ? 1 : 0;
  }
  return static_cast<double>(1 + reached) / static_cast<double>(1 + kSignFlipSamples);
}

}  // namespace

double smallest_sign_flip_p(std::size_t n) {
  if (n > kExactSignFlips) return 1 / static_cast<double>(1 + kSignFlipSamples);
  return std::min(1.0, std::ldexp(2.0, -static_cast<int>(n)));
}

SignFlipTest sign_flip_test(const std::vector<double>& differences, std::uint64_t seed) {
  SignFlipTest result;
  result.smallest_p = smallest_sign_flip_p(differences.size());
  result.exact = differences.size() <= kExactSignFlips;
  if (differences.empty()) return result;
  double sum = 0, size = 0;
  for (const double difference : differences) {
    require(std::isfinite(difference), "sign_flip_test: finite differences");
    sum += difference;
    size += std::abs(difference);
  }
  const double observed = std::abs(sum) - 1e-9 * size;
  result.p = result.exact ? exact_sign_flip_p(differences, observed) : sampled_sign_flip_p(differences, observed, seed);
  return result;
}

}  // namespace bnexp::stats
