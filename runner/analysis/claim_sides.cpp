#include "analysis/claim_sides.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/claim_failures.h"
#include "base/text.h"
#include "stats/multiplicity.h"

namespace bnexp::analysis {
namespace {

constexpr const char* kNoArm = "No arm of this run is the one that the claim is about.";

std::vector<std::string> named(const Json& arms, const Json& against) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : arms.items()) keys.push_back(key);
  for (const auto& [key, value] : against.items()) keys.push_back(key);
  return keys;
}

std::optional<Answer> unless_open(const Pair& pair) {
  for (const Arm* arm : {pair.arm, pair.base}) {
    const std::size_t open = arm == nullptr ? 0 : arm->open();
    if (open == 0) continue;
    return Answer{.why = fmt::format("{} of {} trials of {} {} no final record.", open, arm->trials.size(), arm->label,
                                     open == 1 ? "has" : "have")};
  }
  return std::nullopt;
}

// The part of a family that weighs most: the first refuted, else the first inconclusive, else the first.
std::size_t deciding(const std::vector<Answer>& answers) {
  for (const Decision decision : {Decision::refuted, Decision::inconclusive}) {
    const auto found = std::ranges::find(answers, decision, &Answer::decision);
    if (found != answers.end()) return static_cast<std::size_t>(found - answers.begin());
  }
  return 0;
}

}  // namespace

std::string number_text(double value) { return (value < 0 ? "\u2212" : "") + fmt::format("{:.4g}", std::abs(value)); }

std::string amount_text(double value, const std::string& unit) {
  if (unit.empty()) return number_text(value);
  const bool is_share = unit == "points" || unit == "%";
  const std::string digits = is_share ? fmt::format("{:.2f}", std::abs(value)) : number_text(std::abs(value));
  return fmt::format("{}{} {}", value < 0 ? "\u2212" : "", digits, unit);
}

std::string interval_text(double low, double high, const std::string& unit) {
  const std::string from = amount_text(low, unit);
  return fmt::format("CI {} to {}", from.substr(0, from.find(' ')), amount_text(high, unit));
}

void Bound::fields(config::Fields& f, const char* what_least, const char* what_most) {
  f.optional_real("at_least", at_least, {}, what_least);
  f.optional_real("at_most", at_most, {}, what_most);
  f.check(at_least.has_value() != at_most.has_value(), at_least ? "at_most" : "at_least",
          at_least ? "a claim has at_least or at_most, not both" : "a claim needs at_least or at_most");
}

std::string Bound::words() const {
  return at_least ? "at least " + number_text(*at_least) : "at most " + number_text(at_most.value_or(0));
}

Decision Bound::decide(double low, double high) const {
  if (at_least) {
    if (low >= *at_least) return Decision::confirmed;
    return high < *at_least ? Decision::refuted : Decision::inconclusive;
  }
  if (high <= at_most.value_or(0)) return Decision::confirmed;
  return low > at_most.value_or(0) ? Decision::refuted : Decision::inconclusive;
}

void TwoSides::fields(config::Fields& f) {
  Claim::fields(f);
  f.add("arms", arms, config::type::selection(), "the arms that the claim is about, by their settings");
  f.add("against", against, config::type::selection(), "the arms that they are compared with");
  f.add("metric", metric, config::type::metric(), "what is compared: a metric, or a number of a probe");
  f.choice("setting", setting, {"matched", "best"},
           "matched: at every combination of the other swept settings; best: each side at its best setting, chosen by "
           "validation accuracy");
  f.check(!arms.empty(), "arms", "a claim that compares needs arms");
  f.check(!against.empty(), "against", "a claim that compares needs against");
}

std::vector<const Arm*> TwoSides::may_fail(const Evidence& evidence) const {
  return setting == "best" ? select_both(evidence, arms, against) : std::vector<const Arm*>{};
}

void TwoSides::decide_both(const Evidence& evidence, ClaimAnswer& answer, const Part& part) const {
  const Metric measured(metric, evidence.thresholds);
  const auto decide = [&](const Pair& pair, double confidence) { return part(pair, measured, confidence); };
  const auto pairs = matched_pairs(evidence, arms, against);
  const auto best = best_pair(evidence.select(arms), evidence.select(against));
  Answer matched_answer = for_each(pairs, decide);
  Answer best_answer = for_each(best ? std::vector{*best} : std::vector<Pair>{}, decide);
  for (const auto& selection : {arms, against}) {
    const auto side = evidence.select(selection);
    const bool none_ok = !side.empty() && std::ranges::all_of(side, [](const Arm* arm) { return arm->ok() == 0; });
    if (none_ok) best_answer.why = fmt::format("No trial of {} ended ok.", config::selection_text(selection));
  }
  const bool one = pairs.size() == 1 && best && pairs[0].arm == best->arm && pairs[0].base == best->base;
  const std::string at_equal = "at equal settings", at_best = "each at its best setting";
  const bool chose_best = setting == "best";
  answer.answer = chose_best ? best_answer : matched_answer;
  if (one) return;
  answer.view = chose_best ? at_best : at_equal;
  if (best_answer.decision == matched_answer.decision) return;
  answer.other = chose_best ? matched_answer : best_answer;
  answer.other_view = chose_best ? at_equal : at_best;
}

std::vector<Pair> matched_pairs(const Evidence& evidence, const Json& arms, const Json& against) {
  return matched_pairs(evidence.select(arms), evidence.select(against),
                       keys_not_named(evidence.results, named(arms, against)));
}

Answer for_each(const std::vector<Pair>& family, const std::function<Answer(const Pair&, double)>& part) {
  if (family.empty()) return {.why = kNoArm};
  const double confidence = stats::bonferroni_confidence(family.size());
  std::vector<Answer> answers;
  for (const auto& pair : family) {
    const auto open = unless_open(pair);
    answers.push_back(open ? *open : part(pair, confidence));
  }
  const std::size_t place = deciding(answers);
  Answer answer = answers[place];
  if (family.size() == 1) return answer;
  const auto confirmed = std::ranges::count(answers, Decision::confirmed, &Answer::decision);
  answer.why =
      answer.decision == Decision::confirmed
          ? fmt::format("Confirmed in all {} comparisons, for example: {}", family.size(), answer.why)
          : fmt::format("Confirmed in {} of {} comparisons, not in this one: {}", confirmed, family.size(), answer.why);
  return answer;
}

std::string no_interval_text(const stats::Estimate& estimate) {
  if (estimate.n == 1) return "in one seed, so the seed noise is unknown";
  if (estimate.half) return fmt::format("in each of {} seeds, so the seed noise is unknown", estimate.n);
  return fmt::format("in the mean of {} seeds, too few for an interval that holds at every look", estimate.n);
}

Answer from_estimate(const stats::Estimate& estimate, const Bound& bound, const std::string& what,
                     const std::string& unit) {
  Answer answer{.why = {}, .unit = unit, .n = estimate.n};
  if (estimate.n == 0) {
    answer.why = fmt::format("{}: no trial has this number.", what);
    return answer;
  }
  answer.effect = estimate.mean;
  const std::string size = fmt::format("{}: {}", what, amount_text(estimate.mean, unit));
  if (!estimate.half || *estimate.half == 0) {
    answer.why = fmt::format("{} {}.", size, no_interval_text(estimate));
  } else {
    answer.low = estimate.low();
    answer.high = estimate.high();
    answer.decision = bound.decide(estimate.low(), estimate.high());
    answer.why = fmt::format("{} ({}, {} seeds); claimed: {}.", size,
                             interval_text(estimate.low(), estimate.high(), unit), estimate.n, bound.words());
  }
  return answer;
}

Answer from_differences(const Evidence& evidence, const Pair& pair, const Metric& metric, double confidence,
                        const Bound& bound, const std::string& what, double sign) {
  if (auto failures = unequal_failures(evidence, pair, metric, confidence)) {
    failures->is_lower = failures->is_lower == (sign > 0);
    return failures->decide(bound, 0);
  }
  auto values = stats::paired_differences(metric.finite_by_seed(*pair.arm), metric.finite_by_seed(*pair.base));
  for (double& value : values) value *= sign * metric.scale();
  Answer answer = from_estimate(estimate(values, evidence.looks, confidence), bound, what, metric.unit());
  answer.why += ok_only_text(pair);
  return answer;
}

std::string ok_only_text(const Pair& pair) {
  const bool some_failed = pair.arm->failed() > 0 || (pair.base != nullptr && pair.base->failed() > 0);
  return some_failed ? " Of the trials that ended ok." : "";
}

std::string comparison_text(const Pair& pair, const Metric& metric) {
  return fmt::format("{}, {} against {}", metric.words(), pair.arm->label, pair.base->label);
}

std::vector<const Arm*> select_both(const Evidence& evidence, const Json& arms, const Json& against) {
  auto both = evidence.select(arms);
  const auto others = evidence.select(against);
  both.insert(both.end(), others.begin(), others.end());
  return both;
}

}  // namespace bnexp::analysis
