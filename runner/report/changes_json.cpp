#include <algorithm>
#include <cmath>

#include "report/change_words.h"
#include "report/changes.h"

namespace bnexp::report {
namespace {

using analysis::ArmChange;
using analysis::Basis;

template <class T>
Json value_or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json estimate_json(const stats::Estimate& estimate) {
  if (estimate.n == 0) return nullptr;
  Json json{{"n", estimate.n}, {"mean", estimate.mean}, {"sd", value_or_null(estimate.sd)}};
  json["low"] = estimate.half ? Json(estimate.low()) : Json(nullptr);
  json["high"] = estimate.half ? Json(estimate.high()) : Json(nullptr);
  return json;
}

Json ratio_json(const stats::Estimate& log_ratio) {
  if (log_ratio.n == 0) return nullptr;
  Json json{{"n", log_ratio.n}, {"ratio", std::exp(log_ratio.mean)}};
  json["low"] = log_ratio.half ? Json(std::exp(log_ratio.low())) : Json(nullptr);
  json["high"] = log_ratio.half ? Json(std::exp(log_ratio.high())) : Json(nullptr);
  return json;
}

// With Wilson's interval of the share.
Json count_json(const stats::Count& count) {
  const stats::Interval rate = stats::wilson_interval(count);
  return {{"failed", count.events}, {"of", count.n}, {"low", rate.low}, {"high", rate.high}};
}

const char* name_of_basis(Basis basis, bool looked) {
  switch (basis) {
    case Basis::same_bits:
      return "same_bits";
    case Basis::rate:
      return looked ? "failure_sign_test" : "failure_rate";
    case Basis::pairs:
      return looked ? "anytime_valid_t_test" : "paired_t_test";
    case Basis::samples:
      return "welch_t_test";
    case Basis::none:
      break;
  }
  return "none";
}

Json arm_json(const ArmChange& arm, bool looked) {
  std::string verdict = verdict_word(arm);
  std::ranges::replace(verdict, ' ', '_');
  return {{"arm", arm.arms->b->label},
          {"arm_in_a", arm.arms->a->label},
          {"verdict", verdict},
          {"significant", arm.is_significant()},
          {"basis", name_of_basis(arm.basis, looked)},
          {"shared_seeds", arm.shared},
          {"a", estimate_json(arm.a)},
          {"b", estimate_json(arm.b)},
          {"change", estimate_json(arm.change)},
          {"p", value_or_null(arm.p)},
          {"adjusted_p", value_or_null(arm.adjusted_p)},
          {"further_seeds", value_or_null(arm.further_seeds)},
          {"failed_a", count_json(arm.failed_a)},
          {"failed_b", count_json(arm.failed_b)}};
}

Json labels_json(const std::vector<const analysis::Arm*>& arms) {
  Json labels = Json::array();
  for (const auto* arm : arms) labels.push_back(arm->label);
  return labels;
}

Json values_json(const std::map<Json, std::size_t>& records) {
  Json values = Json::array();
  for (const auto& [value, n] : records) values.push_back(value);
  return values;
}

Json data_json(const std::vector<analysis::DataFact>& sets) {
  Json json = Json::array();
  for (const auto& set : sets) {
    json.push_back({{"name", set.name},
                    {"sha256", set.sha256},
                    {"train", set.train},
                    {"validation", set.validation},
                    {"test", set.test}});
  }
  return json;
}

Json differences_json(const analysis::Changes& changes) {
  Json settings = Json::array();
  for (const auto& [change, n] : counted_settings(changes)) {
    Json one{{"key", change.key}, {"arms", n}};
    if (change.a) one["a"] = *change.a;  // a setting that a store lacks has no value, not even null
    if (change.b) one["b"] = *change.b;
    settings.push_back(std::move(one));
  }
  Json facts = Json::array();
  for (const auto& fact : changes.facts)
    facts.push_back({{"key", fact.key}, {"a", values_json(fact.a)}, {"b", values_json(fact.b)}});
  return {{"settings", std::move(settings)},
          {"context", std::move(facts)},
          {"data", {{"a", data_json(changes.data_a)}, {"b", data_json(changes.data_b)}}},
          {"only_in_a", labels_json(changes.matching.only_a)},
          {"only_in_b", labels_json(changes.matching.only_b)}};
}

Json bits_json(const analysis::Bits& bits) {
  Json other = Json::array();
  for (const auto& one : bits.other)
    other.push_back({{"trial", one.trial}, {"arm", one.arm}, {"seed", one.seed}, {"fields", one.fields}});
  return {{"trials", bits.trials}, {"same", bits.same}, {"other", std::move(other)}};
}

Json times_json(const analysis::TimeChanges& times) {
  Json arms = Json::array();
  for (const auto& arm : times.arms) {
    arms.push_back({{"arm", arm.arms->b->label},
                    {"seconds_a", estimate_json(arm.a)},
                    {"seconds_b", estimate_json(arm.b)},
                    {"b_over_a", ratio_json(arm.log_ratio)}});
  }
  return {{"trials", times.trials},       {"busy_a", times.busy_a},
          {"busy_b", times.busy_b},       {"machines_differ_in", times.unlike},
          {"same_runs", times.same_runs}, {"b_over_a", ratio_json(times.log_ratio)},
          {"arms", std::move(arms)}};
}

}  // namespace

Json changes_json(const analysis::Changes& changes, const StoreNames& names) {
  Json arms = Json::array();
  for (const auto& arm : changes.arms) arms.push_back(arm_json(arm, changes.looked));
  const auto store = [](const std::string& name, const analysis::Results& results) {
    return Json{{"store", name}, {"suite", results.suite}, {"trials", results.trials}};
  };
  return {{"a", store(names.a, *changes.a)},
          {"b", store(names.b, *changes.b)},
          {"metric", changes.metric.name()},
          {"margin", changes.margin},
          {"seeds_added_by_looking", changes.looked},
          {"significant", changes.significant()},
          {"tested", changes.tested},
          {"bits", bits_json(changes.bits)},
          {"differences", differences_json(changes)},
          {"arms", std::move(arms)},
          {"times", times_json(changes.times)}};
}

}  // namespace bnexp::report
