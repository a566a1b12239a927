// Simulated studies: how often the procedures of runner/stats are right when the truth is known. Differences are normal
// with sd 1, so that effects and margins are in standard deviations. Results depend on the arguments alone.
#pragma once

#include <cstddef>
#include <cstdint>

namespace bnexp::stats {

// Shares of `studies` with n seeds, fixed in advance.
struct FixedRates {
  double coverage = 0;       // the t interval contains the true effect
  double differs = 0;        // better or worse, with margin 0
  double no_difference = 0;  // "no difference larger than the margin", margin = |effect|: wrong
  double equivalent = 0;     // two one-sided tests at 5 %, the same margin: wrong
  double sign_flips = 0;     // the sign-flip test rejects at 5 %
};
FixedRates simulate_fixed(double effect, std::size_t n, std::size_t studies, std::uint64_t seed);

// Studies that are looked at after every seed from the 3rd to the `most`th, until one of them is decided.
struct LookingRates {
  double found = 0;       // share of studies in which the effect 0 was rejected
  double median = 0;      // seeds to the decision, over the studies that found it
  double median_all = 0;  // over all studies; infinity if fewer than half found it
};
struct SequentialRates {
  LookingRates anytime;  // the anytime-valid t test at 5 %
  LookingRates peeking;  // the t test at 5 %, wrongly repeated
  double coverage = 0;   // the confidence sequence contains the true effect at every look
};
SequentialRates simulate_sequential(double effect, std::size_t most, std::size_t studies, std::uint64_t seed);

// Shares of studies with `comparisons` null comparisons of n seeds with at least one false positive at 5 %.
struct FamilyRates {
  double holm = 0;      // of p values adjusted by Holm
  double raw = 0;       // of raw p values
  double coverage = 0;  // all Bonferroni intervals contain the truth
};
FamilyRates simulate_family(std::size_t comparisons, std::size_t n, std::size_t studies, std::uint64_t seed);

// The share of studies of two arms of n trials, each failing with probability `rate`, in which Fisher's test rejects at
// 5 %; and the share in which Wilson's interval of the first arm contains the rate.
struct FailureRates {
  double fisher = 0;
  double coverage = 0;
};
FailureRates simulate_failures(double rate, std::size_t n, std::size_t studies, std::uint64_t seed);

// Two arms whose trials fail with probability `rate` and `other`, looked at as above. Where neither trial of a seed
// failed, their difference is normal with mean 0.
struct FailingRates {
  LookingRates anytime;  // the sign test of the seeds at which only one failed, at 5 %
  LookingRates peeking;  // Fisher's test at 5 %, wrongly repeated
  double either = 0;  // share of studies that are decided as --until-decided does: by failures where they differ, else
                      // by the anytime-valid t test
};
FailingRates simulate_failing(double rate, double other, std::size_t most, std::size_t studies, std::uint64_t seed);

}  // namespace bnexp::stats
