#include "analysis/reading.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace bnexp::analysis {
namespace {

// What the bytes of packed values are, as their subtype.
constexpr std::uint64_t kDoubles = 1;  // of a list of numbers
constexpr std::uint64_t kFloats = 2;   // of one whose numbers are exact as floats: steps, for example
constexpr std::uint64_t kCbor = 3;

bool has_subtype(const Json& json, std::uint64_t subtype) {
  return json.is_binary() && json.get_binary().subtype() == subtype;
}
bool are_packed_numbers(const Json& json) { return has_subtype(json, kDoubles) || has_subtype(json, kFloats); }
bool is_cbor(const Json& json) { return has_subtype(json, kCbor); }

template <class Number>
Json bytes_of(const std::vector<Number>& numbers, std::uint64_t subtype) {
  std::vector<std::uint8_t> bytes(numbers.size() * sizeof(Number));
  std::memcpy(bytes.data(), numbers.data(), bytes.size());
  return Json::binary(std::move(bytes), subtype);
}

template <class Number>
std::vector<Number> numbers_of(const Json& json) {
  const auto& bytes = json.get_binary();
  std::vector<Number> numbers(bytes.size() / sizeof(Number));
  std::memcpy(numbers.data(), bytes.data(), bytes.size());
  return numbers;
}

std::vector<double> packed_numbers(const Json& json) {
  if (has_subtype(json, kDoubles)) return numbers_of<double>(json);
  const auto floats = numbers_of<float>(json);
  return {floats.begin(), floats.end()};
}

// Whether a double has its value.
bool is_double(const Json& json) {
  constexpr std::int64_t kExact = std::int64_t{1} << 53;
  if (json.is_number_unsigned()) return json.get<std::uint64_t>() <= std::uint64_t{kExact};
  if (json.is_number_integer()) return std::abs(json.get<std::int64_t>()) <= kExact;
  return json.is_number();
}

void pack_numbers(Json& json) {
  if (json.is_array() && !json.empty() && std::ranges::all_of(json, is_double)) {
    const auto doubles = json.get<std::vector<double>>();
    const std::vector<float> floats(doubles.begin(), doubles.end());
    const bool exact = std::ranges::equal(doubles, floats);
    json = exact ? bytes_of(floats, kFloats) : bytes_of(doubles, kDoubles);
  } else if (json.is_structured()) {
    for (auto& item : json) pack_numbers(item);
  }
}

void unpack_numbers(Json& json) {
  if (are_packed_numbers(json)) {
    json = packed_numbers(json);
  } else if (json.is_structured()) {
    for (auto& item : json) unpack_numbers(item);
  }
}

}  // namespace

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
  train::TrialResult& result = record.result;
  if (result.history.is_array()) {
    auto bytes = Json::to_cbor(result.history);
    bytes.shrink_to_fit();
    result.history = Json::binary(std::move(bytes), kCbor);
  }
  pack_numbers(result.probes);
  pack_numbers(result.timing);
}

Json unpacked(const Json& json) {
  if (is_cbor(json)) return Json::from_cbor(json.get_binary());
  Json result = json;
  unpack_numbers(result);
  return result;
}

Value::Value(const Json& json, std::string place, std::string trial, Problems& problems)
    : json_(&json), place_(std::move(place)), trial_(std::move(trial)), problems_(&problems) {
  if (!is_cbor(json)) return;
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
  if (json_ && are_packed_numbers(*json_)) {
    Value list = *this;
    list.unpacked_ = std::make_shared<const Json>(packed_numbers(*json_));
    list.json_ = list.unpacked_.get();
    return list.items();
  }
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
  if (json_ && are_packed_numbers(*json_)) return packed_numbers(*json_);
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
    case Json::value_t::binary:  // packed
      return "a list";
    case Json::value_t::string:
      return "text";
    case Json::value_t::boolean:
      return "true or false";
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned:
    case Json::value_t::number_float:
      return "a number";
    case Json::value_t::discarded:
      break;
  }
  return "no JSON";
}

}  // namespace bnexp::analysis
