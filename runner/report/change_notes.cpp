#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "report/change_words.h"
#include "report/words.h"
#include "stats/sequential.h"

namespace bnexp::report {
namespace {

using analysis::ArmChange;
using analysis::Basis;
using analysis::Changes;

template <class Holds>
std::size_t count_arms(const Changes& changes, Holds holds) {
  return static_cast<std::size_t>(std::ranges::count_if(changes.arms, holds));
}

const char* test_of_rates(const Changes& changes) {
  return changes.looked ? "a sign test of the seeds at which only one failed" : "Fisher's exact test";
}

// The smallest p value that rates can have: every trial of one side failed and none of the other.
double smallest_rate_p(const Changes& changes, const ArmChange& arm) {
  if (changes.looked) return stats::anytime_p(stats::log_e_value_of_failures(arm.shared, 0));
  return stats::fisher_exact({arm.failed_a.n, arm.failed_a.n}, {0, arm.failed_b.n});
}

// Where no failures of these seeds could decide.
std::string rate_limit(const Changes& changes) {
  double smallest = 1;
  std::size_t n = 0;
  for (const auto& arm : changes.arms) {
    if (arm.basis != Basis::rate || arm.verdict != stats::Verdict::undecided) continue;
    n = std::max(n, std::min(arm.failed_a.n, arm.failed_b.n));
    smallest = std::min(smallest, smallest_rate_p(changes, arm));
  }
  if (n == 0 || smallest * static_cast<double>(changes.tested) <= 1 - stats::kConfidence) return "";
  return fmt::format(" {} can't show another rate here: even all against none has p = {}{}.", plural(n, "seed"),
                     p_value(smallest),
                     changes.tested > 1 ? fmt::format(" before the adjustment for {} arms", changes.tested) : "");
}

// What the columns "change" and "p" are.
std::string columns_note(const Changes& changes) {
  const bool pairs = count_arms(changes, [](const ArmChange& arm) { return arm.basis == Basis::pairs; }) > 0;
  const bool samples = count_arms(changes, [](const ArmChange& arm) { return arm.basis == Basis::samples; }) > 0;
  if (!pairs && !samples) return "";
  const char* together = changes.tested > 1 ? " (all intervals together: 95 %)" : "";
  if (changes.looked) {
    return fmt::format(
        "change: B \u2212 A, paired by seed, with its 95 % confidence sequence{}; p: anytime-valid t test. Both hold "
        "though seeds were added by looking; the \u00b1 of A and B does not.",
        together);
  }
  return fmt::format("change: B \u2212 A, {}, with its 95 % interval{}; p: {}.",
                     pairs && samples ? "paired by seed where seeds are in common"
                     : pairs          ? "paired by seed"
                                      : "not paired",
                     together,
                     pairs && samples ? "t test or Welch's test"
                     : pairs          ? "t test"
                                      : "Welch's test");
}

// The rates of each arm with failures, with their intervals.
std::string failure_rates(const Changes& changes) {
  constexpr std::size_t kListed = 6;
  std::vector<std::string> parts;
  for (const auto& arm : changes.arms) {
    if (arm.failed_a.events + arm.failed_b.events == 0) continue;
    const std::string& label = arm.arms->b->label;
    parts.push_back(fmt::format("{}: A {}, B {}", label.empty() ? "all" : label, rate_words(arm.failed_a),
                                rate_words(arm.failed_b)));
  }
  if (parts.empty()) return "";
  const std::size_t more = parts.size() - std::min(parts.size(), kListed);
  parts.resize(parts.size() - more);
  if (more > 0) parts.push_back(fmt::format("and {} more", more));
  return fmt::format(
      "{}: {}.{}", changes.metric.is_time_to_accuracy() ? "Trials that never reach the accuracy" : "Failed trials",
      join(parts, "; "), changes.looked ? " These intervals do not hold where seeds were added by looking." : "");
}

// A metric that is a time says as little as other times where they are not comparable.
std::string time_note(const Changes& changes) {
  const config::MetricInfo* metric = config::find_metric(changes.metric.name());
  const auto& times = changes.times;
  if (metric == nullptr || !metric->is_time || (times.busy_a + times.busy_b == 0 && times.unlike.empty())) return "";
  return fmt::format("A change in {} may be the machine's: the times of A and B are not all comparable.",
                     changes.metric.words());
}

}  // namespace

std::vector<std::string> change_notes(const Changes& changes) {
  std::vector<std::string> notes;
  const auto add = [&](const std::string& text) {
    if (!text.empty()) notes.push_back(text);
  };
  const auto note = [&](auto holds, const std::string& text) {
    const std::size_t n = count_arms(changes, holds);
    if (n > 0) notes.push_back(plural(n, "arm") + (n == 1 ? " has " : " have ") + text);
  };
  add(columns_note(changes));
  if (changes.tested > 1) {
    notes.push_back(
        fmt::format("p is adjusted by {} over {} arms.", changes.looked ? "Bonferroni" : "Holm", changes.tested));
  }
  add(time_note(changes));
  note([](const ArmChange& arm) { return arm.basis == Basis::samples; },
       "fewer than two seeds in common: all seeds are compared, by Welch's test.");
  note([](const ArmChange& arm) { return arm.basis == Basis::rate; },
       fmt::format("another number of {} in B: the verdict is about the rate ({}), not about the mean over the {}.{}",
                   changes.metric.is_time_to_accuracy() ? "trials that never reach the accuracy" : "failed trials",
                   test_of_rates(changes), changes.metric.is_time_to_accuracy() ? "others" : "ok trials",
                   rate_limit(changes)));
  add(failure_rates(changes));
  const bool looked = changes.looked;
  note([=](const ArmChange& arm) { return arm.basis == Basis::none && looked && arm.shared < 2; },
       "fewer than two seeds in common: no test holds, as seeds were added by looking.");
  note([=](const ArmChange& arm) { return arm.basis == Basis::none && arm.change.n == 1 && !looked; },
       "one seed in common: no noise estimate.");
  note(
      [=](const ArmChange& arm) {
        return arm.basis == Basis::none && arm.change.n != 1 && !(looked && arm.shared < 2);
      },
      "too few ok trials for a noise estimate.");
  const auto is_even = [](const ArmChange& arm) { return arm.basis == Basis::pairs && arm.change.half == 0.0; };
  note([=](const ArmChange& arm) { return is_even(arm) && arm.change.mean == 0; },
       "equal values in A and B at every seed: no noise estimate, so that nothing is decided.");
  note([=](const ArmChange& arm) { return is_even(arm) && arm.change.mean != 0; },
       "the same change in every seed: no noise estimate.");
  note([](const ArmChange& arm) { return arm.basis == Basis::samples && !arm.change.half; },
       "the same value in every seed of A and of B: no noise estimate.");
  note([](const ArmChange& arm) { return arm.basis == Basis::pairs && !arm.change.half; },
       "too few seeds for an interval that holds at every look.");
  if (std::ranges::any_of(changes.arms, [](const ArmChange& arm) { return arm.further_seeds.has_value(); }))
    notes.emplace_back("+N seeds: so many further seeds would decide, if mean and spread stay as they are.");
  return notes;
}

}  // namespace bnexp::report
