#include "analysis/changes.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>

#include "base/error.h"
#include "base/text.h"
#include "stats/multiplicity.h"
#include "stats/t_test.h"

namespace bnexp::analysis {
namespace {

bool has_ended(const Trial& trial) { return trial.ok() || is_failure(trial.outcome()); }

using TrialsBySeed = std::map<std::int64_t, const Trial*>;

TrialsBySeed ended_trials(const Arm& arm) {
  TrialsBySeed result;
  for (const auto& trial : arm.trials) {
    if (has_ended(trial)) result.emplace(trial.seed, &trial);
  }
  return result;
}

TrialsBySeed of_seeds(const TrialsBySeed& trials, const TrialsBySeed& others) {
  TrialsBySeed result;
  for (const auto& [seed, trial] : trials) {
    if (others.contains(seed)) result.emplace(seed, trial);
  }
  return result;
}

stats::Count failed_of(const TrialsBySeed& trials) {
  const auto failed = std::ranges::count_if(trials, [](const auto& one) { return !one.second->ok(); });
  return {static_cast<std::size_t>(failed), trials.size()};
}

std::map<std::int64_t, double> metric_values(const TrialsBySeed& trials, const std::string& metric) {
  std::map<std::int64_t, double> result;
  for (const auto& [seed, trial] : trials) {
    if (const auto value = trial->metric(metric)) result.emplace(seed, *value);
  }
  return result;
}

stats::Estimate mean_of_values(const std::map<std::int64_t, double>& values) {
  std::vector<double> numbers;
  for (const auto& [seed, value] : values) numbers.push_back(value);
  return stats::estimate(numbers);
}

bool rates_differ(const stats::Count& a, const stats::Count& b) { return a.events * b.n != b.events * a.n; }

// The values of one arm that are compared.
struct ComparedValues {
  stats::Count failed_a, failed_b;
  std::map<std::int64_t, double> a, b;
};

stats::Estimate welch_change(const ArmChange& arm, double confidence) {
  stats::Estimate change{std::min(arm.a.n, arm.b.n), arm.b.mean - arm.a.mean, std::nullopt, std::nullopt};
  if (const auto test = stats::welch_t_test(arm.b, arm.a, confidence)) change.half = test->half;
  return change;
}

// Chooses the basis of the verdict and tests.
ComparedValues test_arm(ArmChange& arm, const std::string& metric, bool same_bits) {
  const TrialsBySeed all_a = ended_trials(*arm.arms->a), all_b = ended_trials(*arm.arms->b);
  const TrialsBySeed shared_a = of_seeds(all_a, all_b), shared_b = of_seeds(all_b, all_a);
  arm.shared = shared_a.size();
  arm.failed_a = failed_of(all_a);
  arm.failed_b = failed_of(all_b);
  const bool alone = arm.shared == 1 && (all_a.size() == 1 || all_b.size() == 1);
  const bool paired = arm.shared >= 2 || alone || same_bits;
  const TrialsBySeed &of_a = paired ? shared_a : all_a, &of_b = paired ? shared_b : all_b;
  ComparedValues compared{failed_of(of_a), failed_of(of_b), metric_values(of_a, metric), metric_values(of_b, metric)};
  arm.a = mean_of_values(compared.a);
  arm.b = mean_of_values(compared.b);
  if (same_bits) {
    arm.basis = Basis::same_bits;
    arm.change = stats::paired_difference(compared.b, compared.a);
  } else if (rates_differ(compared.failed_a, compared.failed_b)) {
    arm.basis = Basis::rate;
    arm.p = stats::fisher_exact(compared.failed_b, compared.failed_a);
  } else if (paired) {
    arm.change = stats::paired_difference(compared.b, compared.a);
    arm.basis = arm.change.n >= 2 ? Basis::pairs : Basis::none;
    if (const auto test = stats::t_test(arm.change)) arm.p = test->p;
  } else if (arm.a.n > 0 && arm.b.n > 0) {
    arm.change = welch_change(arm, stats::kConfidence);
    arm.basis = arm.a.n >= 2 && arm.b.n >= 2 ? Basis::samples : Basis::none;
    if (const auto test = stats::welch_t_test(arm.b, arm.a)) arm.p = test->test.p;
  }
  return compared;
}

bool is_tested(const ArmChange& arm) { return arm.basis != Basis::same_bits && arm.basis != Basis::none; }

// The verdicts of all arms, which are right together with probability stats::kConfidence.
void judge_changes(Changes& all, const std::vector<ComparedValues>& compared) {
  std::vector<double> p;
  for (const auto& arm : all.arms) {
    if (is_tested(arm)) p.push_back(arm.p.value_or(1));
  }
  all.tested = p.size();
  if (p.empty()) return;
  const std::vector<double> adjusted = stats::holm(p);
  const double each = stats::bonferroni_confidence(p.size());
  std::size_t next = 0;
  for (std::size_t i = 0; i < all.arms.size(); ++i) {
    ArmChange& arm = all.arms[i];
    if (!is_tested(arm)) continue;
    const double own = adjusted[next++];
    if (arm.p) arm.adjusted_p = own;
    if (arm.basis == Basis::rate) {
      arm.verdict = stats::failure_verdict(compared[i].failed_b, compared[i].failed_a, own);
      continue;
    }
    arm.change = arm.basis == Basis::pairs ? stats::paired_difference(compared[i].b, compared[i].a, each)
                                           : welch_change(arm, each);
    arm.verdict = stats::verdict(arm.change, all.margin, arm.adjusted_p);
    if (arm.verdict == stats::Verdict::undecided)
      arm.further_seeds = stats::further_seeds(arm.change, all.margin, each);
  }
}

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

std::set<std::string> metrics_of(const std::vector<const Trial*>& trials) {
  std::set<std::string> names;
  for (const Trial* trial : trials) {
    if (!trial->ok()) continue;
    for (const auto& [name, value] : trial->record->result.metrics.items()) {
      if (value.is_number()) names.insert(name);
    }
  }
  return names;
}

void require_metric(const std::string& metric, const std::vector<const Trial*>& a, const std::vector<const Trial*>& b) {
  const std::set<std::string> of_a = metrics_of(a), of_b = metrics_of(b);
  if (of_a.empty() && of_b.empty()) return;  // every trial failed: only rates are compared
  std::vector<std::string> common;
  std::ranges::set_intersection(of_a, of_b, std::back_inserter(common));
  if (std::ranges::find(common, metric) != common.end() || of_a.empty() || of_b.empty()) return;
  const bool in_one = of_a.contains(metric) != of_b.contains(metric);
  const std::string near = nearest(metric, common);
  throw usage_error(
      in_one ? fmt::format("not comparable: only {} has the metric '{}'", of_a.contains(metric) ? "A" : "B", metric)
             : fmt::format("not comparable: no record has the metric '{}'", metric),
      fmt::format("{}metrics of both: {}", near.empty() ? "" : "did you mean '" + near + "'? ",
                  common.empty() ? "none" : join(common, ", ")));
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

Changes changes(Results& a, Results& b, const std::string& metric, double margin) {
  Changes all;
  all.a = &a;
  all.b = &b;
  all.metric = metric;
  all.margin = margin;
  all.matching = match_arms(a, b);
  if (all.matching.pairs.empty()) {
    throw usage_error(fmt::format("not comparable: no arm in common; A has {}; B has {}",
                                  first_labels(all.matching.only_a), first_labels(all.matching.only_b)),
                      "compare two states of one suite: arms are matched by settings, swept values or label");
  }
  const std::vector<const Trial*> trials_a = recorded_trials(all.matching, &ArmPair::a);
  const std::vector<const Trial*> trials_b = recorded_trials(all.matching, &ArmPair::b);
  require_metric(metric, trials_a, trials_b);
  std::vector<ComparedValues> compared;
  bool any = false;
  for (const auto& pair : all.matching.pairs) {
    ArmChange& arm = all.arms.emplace_back();
    arm.arms = &pair;
    const bool same_bits = add_bits(pair, all.bits);
    compared.push_back(test_arm(arm, metric, same_bits));
    any = any || (arm.failed_a.n > 0 && arm.failed_b.n > 0);
  }
  if (!any) {
    throw usage_error("not comparable: no arm has a trial that ended in both A and B",
                      "run the suites again; they continue");
  }
  judge_changes(all, compared);
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
