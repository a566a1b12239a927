// A claim of kind failure_rate: at least (at most) a share of the trials fails, or more than of other arms.
// Decided by Wilson's interval of the rate, or by Fisher's exact test of two rates.
#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "analysis/claim_sides.h"
#include "base/text.h"
#include "stats/proportion.h"

namespace bnexp::analysis {
namespace {

const std::vector<std::string> kFailures{"diverged", "timeout", "crashed", "oom", "failed"};

struct FailureRate : Claim {
  Json arms = Json::object();
  Json against = Json::object();
  std::vector<std::string> statuses = kFailures;
  Bound bound;

  void fields(config::Fields& f) {
    Claim::fields(f);
    f.add("arms", arms, config::type::selection(), "the arms that the claim is about; by default every arm");
    f.add("against", against, config::type::selection(), "the claim is that arms fail more often than these");
    f.choices("statuses", statuses, kFailures, "what counts as a failure");
    f.optional_real("at_least", bound.at_least, config::between(0, 1), "the share of failed trials is at least this");
    f.optional_real("at_most", bound.at_most, config::between(0, 1), "the share of failed trials is at most this");
    const int given = (bound.at_least ? 1 : 0) + (bound.at_most ? 1 : 0) + (against.empty() ? 0 : 1);
    f.check(given == 1, "kind", "a claim of kind failure_rate needs one of at_least, at_most and against");
  }

  // The claim that none fails allows for no failure.
  std::vector<const Arm*> may_fail(const Evidence& evidence) const {
    return bound.at_most ? std::vector<const Arm*>{} : evidence.select(arms);
  }

  void decide(const Evidence& evidence, ClaimAnswer& answer) const {
    Answer& result = answer.answer;
    const auto own = evidence.select(arms);
    if (own.empty()) {
      result.why = "No arm of this run is the one that the claim is about.";
      return;
    }
    for (const auto* side : {&arms, &against}) {
      for (const Arm* arm : evidence.select(*side)) {
        if (arm->open() == 0 || (side == &against && against.empty())) continue;
        result.why =
            fmt::format("{} of {} trials of {} have no final record.", arm->open(), arm->trials.size(), arm->label);
        return;
      }
    }
    const stats::Count count = count_of(own, evidence.looks);
    result.n = count.n;
    result.effect = 100 * rate(count);
    result.unit = "%";
    if (against.empty()) {
      by_bound(count, result);
    } else {
      by_comparison(count, count_of(evidence.select(against), evidence.looks), result);
    }
    if (evidence.looks) {
      result.why += fmt::format(" Of each arm its first {}, a number fixed before any look.",
                                plural(evidence.looks->first, "trial"));
    }
  }

 private:
  // Where seeds were added by looking, of those that were fixed before: neither test holds at every look.
  stats::Count count_of(const std::vector<const Arm*>& selected, const std::optional<Looks>& looks) const {
    stats::Count count;
    for (const Arm* arm : selected) {
      const std::size_t counted = looks ? std::min(looks->first, arm->trials.size()) : arm->trials.size();
      for (const auto& trial : std::span(arm->trials).first(counted)) {
        ++count.n;
        count.events += std::ranges::count(statuses, name_of(trial.outcome())) > 0 ? 1 : 0;
      }
    }
    return count;
  }

  static double rate(const stats::Count& count) {
    return count.n == 0 ? 0 : static_cast<double>(count.events) / static_cast<double>(count.n);
  }

  void by_bound(const stats::Count& count, Answer& result) const {
    const stats::Interval interval = stats::wilson_interval(count);
    result.low = 100 * interval.low;
    result.high = 100 * interval.high;
    const Bound percent{.at_least = bound.at_least ? std::optional(100 * *bound.at_least) : std::nullopt,
                        .at_most = bound.at_most ? std::optional(100 * *bound.at_most) : std::nullopt};
    result.decision = percent.decide(*result.low, *result.high);
    // No number of trials shows that a rate is exactly 0 or 1: such a claim is about the trials that were made.
    if (count.n > 0 && (bound.at_least == 1 ? count.events == count.n : bound.at_most == 0 && count.events == 0)) {
      result.decision = Decision::confirmed;
    }
    const std::string what = statuses == kFailures ? "failed" : "ended " + join(statuses, " or ");
    result.why = fmt::format("{} of {} trials {} (CI {:.0f} to {:.0f} %); claimed: {} %.", count.events, count.n, what,
                             *result.low, *result.high, percent.words());
  }

  static void by_comparison(const stats::Count& count, const stats::Count& other, Answer& result) {
    const double p = stats::fisher_exact(count, other);
    const bool sure = p <= 1 - stats::kConfidence;
    const bool more = rate(count) > rate(other);
    result.decision = !sure ? Decision::inconclusive : more ? Decision::confirmed : Decision::refuted;
    result.why = fmt::format("{} of {} trials failed against {} of {} (Fisher's exact test, p = {:.2g}).", count.events,
                             count.n, other.events, other.n, p);
  }
};

const bool kAdded = add_claim<FailureRate>(
    "failure_rate",
    {.summary = "A share of the trials fails, or arms fail more often than others.",
     .formula = "confirmed: Wilson's 95 % interval is beyond the number; with against: Fisher p <= 0.05",
     .source = "Wilson 1927; Fisher 1935"});

}  // namespace
}  // namespace bnexp::analysis
