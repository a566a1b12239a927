// The sign-flip test of paired differences, which assumes no shape of their distribution.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace bnexp::stats {

inline constexpr std::size_t kExactSignFlips = 20;          // up to as many differences, every sign pattern is tried
inline constexpr std::uint64_t kSignFlipSamples = 100'000;  // else as many random ones

struct SignFlipTest {
  double p = 1;           // two-sided
  double smallest_p = 1;  // what p could be at least with as many differences
  bool exact = true;      // every pattern was tried
};

// min(1, 2 / 2^n) for n <= kExactSignFlips, else 1 / (1 + kSignFlipSamples). 5 seeds give 0.0625: the test cannot reach
// 5 %.
double smallest_sign_flip_p(std::size_t n);

// Tests whether differences are symmetric about 0: if they are, each sign is as likely as the other, and p is the share
// of the 2^n sign patterns s with |sum s_i d_i| >= |sum d_i|. Above kExactSignFlips differences, b of B =
// kSignFlipSamples random patterns reach the observed sum, and p = (1 + b) / (1 + B); they come from the stream
// "stats/sign_flip" of `seed`. Sums that differ by less than 1e-9 of sum |d_i| count as equal, so that rounding breaks
// no tie. Without differences, and when all are 0, p is 1. Throws std::invalid_argument for a difference that is not
// finite. Like scipy.stats.permutation_test with permutation_type='samples'. Source: Fisher 1935, "The Design of
// Experiments", section 21; the sampled p: Phipson & Smyth 2010, "Permutation p-values should never be zero".
SignFlipTest sign_flip_test(const std::vector<double>& differences, std::uint64_t seed = 0);

}  // namespace bnexp::stats
