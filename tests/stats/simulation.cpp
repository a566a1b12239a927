#include "stats/simulation.h"

#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include "base/random.h"
#include "stats/multiplicity.h"
#include "stats/order.h"
#include "stats/proportion.h"
#include "stats/sequential.h"
#include "stats/sign_flip.h"
#include "stats/t_test.h"
#include "stats/verdict.h"

namespace bnexp::stats {
namespace {

// Normal values with sd 1, by Box & Muller's method.
class Normal {
 public:
  Normal(std::uint64_t seed, double mean) : random_(seed, "simulation"), mean_(mean) {}

  double next() {
    if (!pending_.empty()) {
      const double value = pending_.back();
      pending_.pop_back();
      return mean_ + value;
    }
    const double radius = std::sqrt(-2 * std::log1p(-random_.uniform()));
    const double angle = 2 * std::numbers::pi * random_.uniform();
    pending_.push_back(radius * std::sin(angle));
    return mean_ + radius * std::cos(angle);
  }

  std::vector<double> next(std::size_t n) {
    std::vector<double> values(n);
    for (double& value : values) value = next();
    return values;
  }

 private:
  Random random_;
  double mean_;
  std::vector<double> pending_;
};

bool contains(const Estimate& interval, double value) {
  return !interval.half || (interval.low() <= value && value <= interval.high());
}

double share(std::size_t count, std::size_t of) { return static_cast<double>(count) / static_cast<double>(of); }

// `seeds` is the number at which each study was decided; infinity for never.
LookingRates looking_rates(const std::vector<double>& seeds) {
  LookingRates rates;
  rates.median_all = quantile(seeds, 0.5);
  std::vector<double> found;
  for (const double n : seeds)
    if (std::isfinite(n)) found.push_back(n);
  rates.found = share(found.size(), seeds.size());
  rates.median = found.empty() ? std::numeric_limits<double>::infinity() : quantile(found, 0.5);
  return rates;
}

}  // namespace

FixedRates simulate_fixed(double effect, std::size_t n, std::size_t studies, std::uint64_t seed) {
  Normal normal(seed, effect);
  std::size_t covered = 0, differs = 0, no_difference = 0, equivalent = 0, sign_flips = 0;
  const double margin = std::abs(effect);
  for (std::size_t study = 0; study < studies; ++study) {
    const std::vector<double> values = normal.next(n);
    const Estimate difference = estimate(values);
    covered += contains(difference, effect) ? 1 : 0;
    const Verdict without_margin = verdict(difference, 0);
    differs += without_margin == Verdict::better || without_margin == Verdict::worse ? 1 : 0;
    no_difference += verdict(difference, margin) == Verdict::no_difference ? 1 : 0;
    if (margin > 0) equivalent += two_one_sided_tests(difference, margin)->p() <= 0.05 ? 1 : 0;
    // The sampled test takes 1,000 times as long.
    if (n <= 10) sign_flips += sign_flip_test(values).p <= 0.05 ? 1 : 0;
  }
  return {share(covered, studies), share(differs, studies), share(no_difference, studies), share(equivalent, studies),
          share(sign_flips, studies)};
}

SequentialRates simulate_sequential(double effect, std::size_t most, std::size_t studies, std::uint64_t seed) {
  constexpr double kNever = std::numeric_limits<double>::infinity();
  Normal normal(seed, effect);
  std::vector<double> critical(most + 1), anytime(studies, kNever), peeking(studies, kNever);
  for (std::size_t n = kFirstLook; n <= most; ++n) critical[n] = t_critical(kConfidence, static_cast<double>(n - 1));
  std::size_t covered = 0;
  for (std::size_t study = 0; study < studies; ++study) {
    bool always = true;
    double sum = 0, squares = 0;
    for (std::size_t n = 1; n <= most; ++n) {
      const double value = normal.next(), count = static_cast<double>(n);
      sum += value;
      squares += value * value;
      if (n < kFirstLook) continue;
      const double mean = sum / count, sd = std::sqrt((squares - sum * mean) / (count - 1));
      const Estimate sample{n, mean, sd, critical[n] * sd / std::sqrt(count)};
      if (peeking[study] == kNever && sample.clears_zero()) peeking[study] = count;
      if (anytime[study] == kNever && anytime_p(*log_e_value(sample)) <= 1 - kConfidence) anytime[study] = count;
      always = always && contains(confidence_sequence(sample), effect);
    }
    covered += always ? 1 : 0;
  }
  return {looking_rates(anytime), looking_rates(peeking), share(covered, studies)};
}

FamilyRates simulate_family(std::size_t comparisons, std::size_t n, std::size_t studies, std::uint64_t seed) {
  Normal normal(seed, 0);
  const double each = bonferroni_confidence(comparisons);
  std::size_t holm_wrong = 0, raw_wrong = 0, covered = 0;
  for (std::size_t study = 0; study < studies; ++study) {
    std::vector<double> p;
    std::vector<Estimate> differences;
    for (std::size_t i = 0; i < comparisons; ++i) {
      differences.push_back(estimate(normal.next(n), each));
      p.push_back(t_test(differences.back())->p);
    }
    const std::vector<double> adjusted = holm(p);
    bool decided = false, rejected = false, contained = true;
    for (std::size_t i = 0; i < comparisons; ++i) {
      decided = decided || verdict(differences[i], 0, adjusted[i]) != Verdict::undecided;
      rejected = rejected || p[i] <= 0.05;
      contained = contained && contains(differences[i], 0);
    }
    holm_wrong += decided ? 1 : 0;
    raw_wrong += rejected ? 1 : 0;
    covered += contained ? 1 : 0;
  }
  return {share(holm_wrong, studies), share(raw_wrong, studies), share(covered, studies)};
}

FailureRates simulate_failures(double rate, std::size_t n, std::size_t studies, std::uint64_t seed) {
  Random random(seed, "simulation");
  std::size_t rejected = 0, covered = 0;
  for (std::size_t study = 0; study < studies; ++study) {
    std::array<Count, 2> arms{Count{0, n}, Count{0, n}};
    for (Count& arm : arms)
      for (std::size_t trial = 0; trial < n; ++trial) arm.events += random.uniform() < rate ? 1 : 0;
    rejected += fisher_exact(arms[0], arms[1]) <= 0.05 ? 1 : 0;
    const Interval interval = wilson_interval(arms[0]);
    covered += interval.low <= rate && rate <= interval.high ? 1 : 0;
  }
  return {share(rejected, studies), share(covered, studies)};
}

FailingRates simulate_failing(double rate, double other, std::size_t most, std::size_t studies, std::uint64_t seed) {
  constexpr double kNever = std::numeric_limits<double>::infinity(), kLevel = 1 - kConfidence;
  Normal normal(seed, 0);
  Random random(seed, "failures");
  std::vector<double> anytime(studies, kNever), peeking(studies, kNever);
  std::size_t either = 0;
  for (std::size_t study = 0; study < studies; ++study) {
    std::size_t only = 0, only_other = 0, both = 0;
    std::vector<double> differences;
    bool decided = false;
    for (std::size_t n = 1; n <= most; ++n) {
      const bool failed = random.uniform() < rate, other_failed = random.uniform() < other;
      if (failed != other_failed) ++(failed ? only : only_other);
      if (failed && other_failed) ++both;
      if (!failed && !other_failed) differences.push_back(normal.next());
      if (n < kFirstLook) continue;
      const bool differ = anytime_p(log_e_value_of_failures(only, only_other)) <= kLevel;
      if (anytime[study] == kNever && differ) anytime[study] = static_cast<double>(n);
      if (peeking[study] == kNever && fisher_exact({only + both, n}, {only_other + both, n}) <= kLevel)
        peeking[study] = static_cast<double>(n);
      if (decided) continue;
      const auto evidence = log_e_value(estimate(differences));
      decided = only != only_other ? differ : evidence && anytime_p(*evidence) <= kLevel;
    }
    either += decided ? 1 : 0;
  }
  return {looking_rates(anytime), looking_rates(peeking), share(either, studies)};
}

}  // namespace bnexp::stats
