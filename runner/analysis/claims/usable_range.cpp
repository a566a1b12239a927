// A claim of kind usable_range: arms train up to values of a swept key so many times as high as others do.
// A value is usable for a seed when its trial ends ok and above the suite's trains_above. The ratio of the highest
// usable values is taken seed by seed; decided by Wilson's interval of the share of seeds for which it is large enough.
// A seed that trains at the highest value tried may train beyond it, and one that trains at none may train below the
// lowest. Where that leaves the ratio open, the seed counts against either decision.
#include "analysis/usable_range.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>

#include "analysis/claim_sides.h"
#include "base/text.h"
#include "stats/proportion.h"

namespace bnexp::analysis {
namespace {

// The highest usable value by seed; 0 if none is usable.
struct Reach {
  std::map<std::int64_t, double> by_seed;
  double planned = 0;                                       // the highest planned value
  double lowest = std::numeric_limits<double>::infinity();  // planned
  std::size_t open = 0;                                     // trials that are missing or failed before the end

  // What the true highest usable value may be, beyond what was tried.
  stats::Interval range(double highest) const {
    if (highest == 0) return {0, lowest};
    return {highest, highest == planned ? std::numeric_limits<double>::infinity() : highest};
  }

  // The lowest of the seeds' highest usable values.
  double shared() const {
    double least = std::numeric_limits<double>::infinity();
    for (const auto& [seed, value] : by_seed) least = std::min(least, value);
    return by_seed.empty() ? 0 : least;
  }
};

// "trains up to 0.1 in every seed".
std::string reach_words(const Reach& reach) {
  const double value = reach.shared();
  const auto none =
      static_cast<std::size_t>(std::ranges::count_if(reach.by_seed, [](const auto& one) { return one.second == 0; }));
  if (none == reach.by_seed.size()) return "trains at no value tried";
  if (none > 0) return fmt::format("trains at no value tried in {} of {} seeds", none, reach.by_seed.size());
  return fmt::format("trains up to {}{} in every seed", number_text(value),
                     value == reach.planned ? " (the highest tried)" : "");
}

struct UsableRangeClaim : Claim {
  Json arms = Json::object();
  Json against = Json::object();
  std::string over = "train.optimizer.lr";
  double at_least = 1;

  void fields(config::Fields& f) {
    Claim::fields(f);
    f.add("arms", arms, config::type::selection(), "the arms that the claim is about, by their settings");
    f.add("against", against, config::type::selection(), "the arms that they are compared with");
    f.add("over", over, config::type::swept_key(), "the swept key, dotted; its values are numbers");
    f.real("at_least", at_least, config::above(0), "how many times as high the highest usable value is");
    f.check(!arms.empty(), "arms", "a claim of kind usable_range needs arms");
    f.check(!against.empty(), "against", "a claim of kind usable_range needs against");
  }

  // A range ends where trials fail.
  std::vector<const Arm*> may_fail(const Evidence& evidence) const { return select_both(evidence, arms, against); }

  void decide(const Evidence& evidence, ClaimAnswer& answer) const {
    Answer& result = answer.answer;
    const Reach own = reach(evidence.select(arms), evidence.thresholds);
    const Reach other = reach(evidence.select(against), evidence.thresholds);
    if (own.by_seed.empty() || other.by_seed.empty()) {
      result.why = fmt::format("No arm of this run is the one that the claim is about, or {} is not swept.", over);
      return;
    }
    if (own.open + other.open > 0) {
      result.why = fmt::format("{} did not train to the end.", plural(own.open + other.open, "trial"));
      return;
    }
    stats::Count count, possible;  // seeds in which it is surely, and may be, as high as claimed
    for (const auto& [seed, value] : own.by_seed) {
      const auto base = other.by_seed.find(seed);
      if (base == other.by_seed.end()) continue;
      possible.n = ++count.n;
      const stats::Interval range = own.range(value), base_range = other.range(base->second);
      // Rates such as 0.1 and 0.01 are not ten times apart to the last bit.
      const double factor = at_least * (1 - 1e-9);
      count.events += value > 0 && range.low >= factor * base_range.high ? 1 : 0;
      possible.events += range.high >= factor * base_range.low ? 1 : 0;
    }
    result.n = count.n;
    result.unit = "times";
    if (other.shared() > 0) result.effect = own.shared() / other.shared();
    if (stats::wilson_interval(count).low > 0.5) result.decision = Decision::confirmed;
    if (stats::wilson_interval(possible).high < 0.5) result.decision = Decision::refuted;
    const char* enough = count.n < 4 ? "; a majority of seeds can be shown with 4 seeds or more" : "";
    result.why = fmt::format("{} {}, and {} {}; at least {} times as high in {} of {} seeds{}.",
                             config::selection_text(arms), reach_words(own), config::selection_text(against),
                             reach_words(other), number_text(at_least), count.events, count.n, enough);
    if (possible.events > count.events) {
      result.why += fmt::format(" In {} it can't be told, because the values tried end too early.",
                                plural(possible.events - count.events, "seed"));
    }
  }

 private:
  Reach reach(const std::vector<const Arm*>& selected, const Thresholds& thresholds) const {
    Reach reach;
    for (const Arm* arm : selected) {
      const auto level = arm->values.find(over);
      if (level == arm->values.end() || !level->is_number()) continue;
      const double value = level->get<double>();
      reach.planned = std::max(reach.planned, value);
      reach.lowest = std::min(reach.lowest, value);
      for (const auto& trial : arm->trials) {
        reach.open += is_trained(trial.outcome()) ? 0 : 1;
        double& highest = reach.by_seed.emplace(trial.seed, 0).first->second;
        if (trains(trial, thresholds)) highest = std::max(highest, value);
      }
    }
    return reach;
  }
};

const bool kAdded = add_claim<UsableRangeClaim>(
    "usable_range", {.summary = "Arms train at values of a swept key so many times as high as others.",
                     .formula = "confirmed: Wilson's 95 % interval of the share of seeds with max usable(arms) >= "
                                "at_least * max usable(against) is above 1/2; seeds for which the values tried end too "
                                "early count against either decision",
                     .source = "Wilson 1927"});

}  // namespace
}  // namespace bnexp::analysis
