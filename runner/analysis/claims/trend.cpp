// A claim of kind trend: a metric rises (falls) over a swept key.
// Decided by t intervals, paired by seed and adjusted for their number: the last level differs from the first in that
// direction, and no level goes the other way by more than a margin from the one before.
#include <fmt/format.h>

#include <algorithm>

#include "analysis/claim_sides.h"

namespace bnexp::analysis {
namespace {

struct Trend : Claim {
  Json arms = Json::object();
  std::string over;
  std::string metric = "test_accuracy";
  std::string direction = "rising";
  double margin = 0;

  void fields(config::Fields& f) {
    Claim::fields(f);
    f.add("arms", arms, config::type::selection(), "the arms that the claim is about; by default every arm");
    f.add("over", over, config::type::swept_key(), "the swept key, dotted: norm.momentum");
    f.add("metric", metric, config::type::metric(), "a metric, or a number of a probe");
    f.choice("direction", direction, {"rising", "falling"}, "which way the metric goes as the key rises");
    f.real("margin", margin, config::at_least(0),
           "how far one level may go the other way from the level before; in points for accuracies");
    f.check(!over.empty(), "over", "a claim of kind trend needs over");
  }

  void decide(const Evidence& evidence, ClaimAnswer& answer) const {
    const Metric measured(metric, evidence.thresholds);
    std::vector<Pair> family;
    for (const auto& chain : chains(evidence)) {
      for (std::size_t i = 0; i + 1 < chain.size(); ++i) {
        family.push_back({chain[i]->label + " to " + chain[i + 1]->label, chain[i + 1], chain[i]});
      }
      family.push_back({whole(chain), chain.back(), chain.front()});
    }
    if (family.empty()) {
      answer.answer.why = fmt::format("No two arms of this run differ in {} alone.", over);
      return;
    }
    answer.answer = for_each(family, [&](const Pair& pair, double confidence) {
      const bool is_whole = pair.where.starts_with("the whole");
      return from_differences(evidence, pair, measured, confidence,
                              {.at_least = is_whole || margin == 0 ? 0 : -margin, .at_most = {}},
                              fmt::format("{}, {}, in the direction claimed", measured.words(), pair.where),
                              direction == "falling" ? -1 : 1);
    });
  }

 private:
  static std::string whole(const std::vector<const Arm*>& chain) {
    return "the whole of " + chain.front()->label + " to " + chain.back()->label;
  }

  // Arms that differ in `over` alone, or in what is zipped with it too, by its level. Each chain has two arms or more.
  std::vector<std::vector<const Arm*>> chains(const Evidence& evidence) const {
    const auto& keys = evidence.results.keys;
    const auto key = std::ranges::find_if(
        keys, [&](const Key& one) { return std::ranges::find(one.paths, over) != one.paths.end(); });
    std::vector<std::vector<const Arm*>> result;
    if (key == keys.end()) return result;
    const auto selected = evidence.select(arms);
    for (const auto& group : group_by(evidence.results, other_keys(evidence.results, {&*key}))) {
      std::vector<const Arm*> chain;
      for (const Arm* arm : group.arms) {
        if (std::ranges::find(selected, arm) != selected.end()) chain.push_back(arm);
      }
      std::ranges::stable_sort(chain, [&](const Arm* a, const Arm* b) {
        return key->is_zip() ? a->values.at(over) < b->values.at(over)
                             : key->level_of(a->values) < key->level_of(b->values);
      });
      if (chain.size() > 1) result.push_back(std::move(chain));
    }
    return result;
  }
};

const bool kAdded = add_claim<Trend>(
    "trend", {.summary = "A metric rises or falls over a swept key.",
              .formula = "confirmed: the interval of last - first is above 0, of each step above -margin (falling: "
                         "of the negated differences)",
              .source = ""});

}  // namespace
}  // namespace bnexp::analysis
