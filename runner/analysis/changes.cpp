#include "analysis/changes.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "analysis/change_tests.h"
#include "base/error.h"
#include "base/text.h"

namespace bnexp::analysis {
namespace {

// Adds the trials of a pair of arms; true if every seed that ended in both has the same bits.
bool add_bits(const ArmPair& pair, Bits& bits) {
  const TrialsBySeed all_b = ended_trials(*pair.b);
  std::size_t shared = 0, same = 0;
  for (const auto& [seed, a] : ended_trials(*pair.a)) {
    const auto found = all_b.find(seed);
    if (found == all_b.end()) continue;
    const Trial& b = *found->second;
    ++shared;
    const bool final = train::is_final(*a->outcome()) && train::is_final(*b.outcome());
    if (!final) continue;
    ++bits.trials;
    if (a->id != b.id) continue;
    auto fields = store::differences(a->record->result, b.record->result);
    if (fields.empty()) {
      ++same;
    } else {
      bits.other.push_back({a->id, pair.b->label, seed, std::move(fields)});
    }
  }
  bits.same += same;
  return shared > 0 && same == shared;
}

std::vector<const Trial*> recorded_trials(const Matching& matching, const Arm* ArmPair::*side) {
  std::vector<const Trial*> trials;
  for (const auto& pair : matching.pairs) {
    for (const auto& trial : (pair.*side)->trials) {
      if (trial.record) trials.push_back(&trial);
    }
  }
  return trials;
}

// Times have their own comparison, which says whether the machine was busy.
constexpr const char* kOnlyOfTimes = "contended";

std::vector<FactChange> fact_changes(const Provenance& a, const Provenance& b) {
  std::map<std::string, std::map<Json, std::size_t>> of_b;
  for (const auto& fact : b.facts) of_b[fact.key] = fact.records;
  const auto same_values = [](const auto& one, const auto& other) {
    return std::ranges::equal(
        one, other, {}, [](const auto& entry) { return entry.first; }, [](const auto& entry) { return entry.first; });
  };
  std::vector<FactChange> result;
  for (const auto& fact : a.facts) {
    const auto values = of_b[fact.key];
    of_b.erase(fact.key);
    if (fact.key != kOnlyOfTimes && !same_values(fact.records, values))
      result.push_back({fact.key, fact.label, fact.records, values});
  }
  for (const auto& fact : b.facts) {
    if (of_b.contains(fact.key) && fact.key != kOnlyOfTimes) result.push_back({fact.key, fact.label, {}, fact.records});
  }
  return result;
}

bool has_value(const std::vector<const Trial*>& trials, const Metric& metric) {
  return std::ranges::any_of(trials, [&](const Trial* trial) { return metric.of(*trial).has_value(); });
}

bool has_ok(const std::vector<const Trial*>& trials) {
  return std::ranges::any_of(trials, [](const Trial* trial) { return trial->ok(); });
}

// Every metric by a name of which both have a value.
std::vector<std::string> common_metrics(const std::vector<const Trial*>& a, const std::vector<const Trial*>& b) {
  std::set<std::string> names;
  for (const auto& metric : config::metrics()) names.insert(metric.name);
  for (const Trial* trial : a) {
    for (const auto& [name, value] : trial->record->result.metrics.items()) names.insert(name);
  }
  std::erase_if(names, [&](const std::string& name) {
    const Metric metric(name, {});
    return !has_value(a, metric) || !has_value(b, metric);
  });
  return {names.begin(), names.end()};
}

void require_metric(const Metric& metric, const std::vector<const Trial*>& a, const std::vector<const Trial*>& b) {
  if (!has_ok(a) || !has_ok(b)) return;  // every trial of one failed: only rates are compared
  const bool in_a = has_value(a, metric), in_b = has_value(b, metric);
  if (in_a && in_b) return;
  const std::vector<std::string> common = common_metrics(a, b);
  const std::string near = nearest(metric.name(), common);
  throw usage_error(
      in_a || in_b ? fmt::format("not comparable: only {} has the metric '{}'", in_a ? "A" : "B", metric.name())
                   : fmt::format("not comparable: no record has the metric '{}'", metric.name()),
      fmt::format("{}metrics of both: {}; or a number of a probe: probes.PROBE.KEY[INDEX]",
                  near.empty() ? "" : "did you mean '" + near + "'? ", common.empty() ? "none" : join(common, ", ")));
}

std::string first_labels(const std::vector<const Arm*>& arms) {
  constexpr std::size_t kNamed = 3;
  if (arms.empty()) return "no arm";
  std::vector<std::string> labels;
  for (std::size_t i = 0; i < std::min(arms.size(), kNamed); ++i)
    labels.push_back(arms[i]->label.empty() ? "one arm without a label" : arms[i]->label);
  if (arms.size() > kNamed) labels.push_back(fmt::format("and {} more", arms.size() - kNamed));
  return join(labels, "; ");
}

}  // namespace

std::size_t Changes::significant() const {
  return static_cast<std::size_t>(std::ranges::count_if(arms, &ArmChange::is_significant));
}

Changes changes(Results& a, Results& b, const Metric& metric, double margin, bool looked) {
  Changes all(metric);
  all.a = &a;
  all.b = &b;
  all.margin = margin;
  all.looked = looked;
  all.matching = match_arms(a, b);
  if (all.matching.pairs.empty()) {
    throw usage_error(fmt::format("not comparable: no arm in common; A has {}; B has {}",
                                  first_labels(all.matching.only_a), first_labels(all.matching.only_b)),
                      "compare two states of one suite: arms are matched by settings, swept values or label");
  }
  const std::vector<const Trial*> trials_a = recorded_trials(all.matching, &ArmPair::a);
  const std::vector<const Trial*> trials_b = recorded_trials(all.matching, &ArmPair::b);
  require_metric(metric, trials_a, trials_b);
  const config::MetricInfo* info = config::find_metric(metric.name());
  const bool is_time = info != nullptr && info->is_time;  // two runs of the same bits take other times
  std::vector<bool> same_values;
  for (const auto& pair : all.matching.pairs) {
    ArmChange& arm = all.arms.emplace_back();
    arm.arms = &pair;
    const bool same_bits = add_bits(pair, all.bits);
    same_values.push_back(same_bits && !is_time);
  }
  judge_changes(all, same_values);
  if (std::ranges::none_of(all.arms, [](const ArmChange& arm) { return arm.failed_a.n > 0 && arm.failed_b.n > 0; })) {
    throw usage_error("not comparable: no arm has a trial that ended in both A and B",
                      "run the suites again; they continue");
  }
  const Provenance of_a = provenance(trials_a, a.problems), of_b = provenance(trials_b, b.problems);
  all.facts = fact_changes(of_a, of_b);
  if (of_a.data != of_b.data) {
    all.data_a = of_a.data;
    all.data_b = of_b.data;
  }
  all.times = time_changes(all.matching.pairs);
  return all;
}

}  // namespace bnexp::analysis
