// What the seeds of one arm say about its difference from a baseline.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "stats/estimate.h"
#include "stats/proportion.h"

namespace bnexp::stats {

enum class Verdict { better, worse, no_difference, undecided };

// "better", "worse", "no difference larger than the margin", "undecided".
std::string_view name(Verdict verdict);

// By an interval alone: `difference` is the arm minus its baseline, positive where the arm is better, with a t interval
// or a confidence sequence. margin >= 0, in the difference's unit, is the smallest difference that matters.
//   better, worse   the interval excludes 0, and |mean| >= margin
//   no_difference   the interval lies within (-margin, margin): two one-sided tests, each at half of the interval's
//   error undecided       else; also without an interval, and with one of zero width
// Throws std::invalid_argument for a negative margin.
Verdict verdict(const Estimate& difference, double margin);

// For one of several comparisons: better and worse also need an adjusted p value of at most alpha. `difference` has the
// Bonferroni interval of the family. Holm's procedure alone may find more than this interval: a verdict that the
// interval beside it contradicts is not given. Without a p value (values without a spread), neither better nor worse.
Verdict verdict(const Estimate& difference, double margin, std::optional<double> adjusted_p,
                double alpha = 1 - kConfidence);

// About failures: better if the arm fails less often than its baseline and the adjusted p value of fisher_exact is at
// most alpha, worse if more often, else undecided.
Verdict failure_verdict(const Count& failures, const Count& baseline, double adjusted_p,
                        double alpha = 1 - kConfidence);

// How often the data are looked at: once, with the t interval, or after every seed, with the confidence sequence.
enum class Looks { once, every_seed };

// About how many further seeds would decide what is undecided now, if the true mean and sd are those observed. None
// without a spread, and if it would take more than kMostSeeds in all. margin >= 0 and 0 < confidence < 1; else
// std::invalid_argument.
//   once        the smallest k for which n + k seeds decide with probability kPower: t_test_power if |mean| >= margin,
//               else equivalence_power, each at level 1 - confidence
//   every_seed  the smallest k for which the confidence sequence of n + k seeds, with the same mean and sd, excludes 0
//               if |mean| >= margin, else the margin
std::optional<std::size_t> further_seeds(const Estimate& difference, double margin, double confidence = kConfidence,
                                         Looks looks = Looks::once);

// One of a family of comparisons that are made together.
struct Comparison {
  Estimate difference;               // with the Bonferroni interval
  std::optional<double> p;           // of the t test; none without a spread
  std::optional<double> adjusted_p;  // by Holm
  Verdict verdict = Verdict::undecided;
  std::optional<std::size_t> further_seeds;  // if undecided, by the Bonferroni interval
};

// The comparisons of one table or claim, each given by its paired differences, with verdicts that are all right with
// probability `confidence`. A comparison without a p value counts in the family. The family of one has the t interval.
std::vector<Comparison> compare(const std::vector<std::vector<double>>& differences, double margin,
                                double confidence = kConfidence);

}  // namespace bnexp::stats
