#include "analysis/reading.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace bnexp::analysis {

std::vector<std::string> Problems::texts() const {
  std::vector<std::string> result;
  for (const auto& [what, trials] : trials_by_problem_) {
    result.push_back(trials.size() == 1
                         ? fmt::format("{} in record {}", what, *trials.begin())
                         : fmt::format("{} in {} records (first: {})", what, trials.size(), *trials.begin()));
  }
  return result;
}

void pack_series(store::Record& record) {
  const auto pack = [](Json& json) {
    if (json.is_structured()) json = Json::binary(Json::to_cbor(json));
  };
  train::TrialResult& result = record.result;
  if (result.history.is_array()) pack(result.history);
  if (result.probes.is_object()) {
    for (auto& probe : result.probes) pack(probe);
  }
  if (result.timing.is_object() && result.timing.contains("resources")) pack(result.timing["resources"]);
}

bool is_packed(const Json& json) { return json.is_binary(); }

Json unpacked(const Json& json) { return is_packed(json) ? Json::from_cbor(json.get_binary()) : json; }

Value::Value(const Json& json, std::string place, std::string trial, Problems& problems)
    : json_(&json), place_(std::move(place)), trial_(std::move(trial)), problems_(&problems) {
  if (!is_packed(json)) return;
  unpacked_ = std::make_shared<const Json>(unpacked(json));
  json_ = unpacked_.get();
}

Value Value::part(const Json& json, std::string place) const {
  Value result(json, std::move(place), trial_, *problems_);
  if (!result.unpacked_) result.unpacked_ = unpacked_;
  return result;
}

bool Value::is(bool type, const char* expected) const {
  if (!type) problems_->add(fmt::format("{} is {} instead of {}", place_, type_text(*json_), expected), trial_);
  return type;
}

Value Value::member(const std::string& key, bool required) const {
  if (!json_ || !is(json_->is_object(), "an object")) return {};
  const auto found = json_->find(key);
  if (found != json_->end() && !found->is_null()) return part(*found, place_ + "." + key);
  if (required) problems_->add(fmt::format("{}.{} is missing", place_, key), trial_);
  return {};
}

Value Value::operator[](const std::string& key) const { return member(key, /*required=*/true); }

Value Value::find(const std::string& key) const { return member(key, /*required=*/false); }

std::vector<Value> Value::items() const {
  std::vector<Value> result;
  if (!json_ || !is(json_->is_array(), "a list")) return result;
  for (const auto& item : *json_) result.push_back(part(item, place_));
  return result;
}

std::optional<double> Value::number() const {
  if (!json_ || !is(json_->is_number(), "a number")) return std::nullopt;
  return json_->get<double>();
}

std::optional<std::string> Value::text() const {
  if (!json_ || !is(json_->is_string(), "text")) return std::nullopt;
  return json_->get<std::string>();
}

std::vector<double> Value::numbers() const {
  if (!json_ || !is(json_->is_array(), "a list of numbers")) return {};
  const bool all = std::all_of(json_->begin(), json_->end(), [](const Json& item) { return item.is_number(); });
  if (!all) {
    problems_->add(fmt::format("{} is not a list of numbers only", place_), trial_);
    return {};
  }
  return json_->get<std::vector<double>>();
}

std::string type_text(const Json& json) {
  switch (json.type()) {
    case Json::value_t::null:
      return "null";
    case Json::value_t::object:
      return "an object";
    case Json::value_t::array:
      return "a list";
    case Json::value_t::string:
      return "text";
    case Json::value_t::boolean:
      return "true or false";
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned:
    case Json::value_t::number_float:
      return "a number";
    case Json::value_t::binary:
    case Json::value_t::discarded:
      break;
  }
  return "no JSON";
}

}  // namespace bnexp::analysis
