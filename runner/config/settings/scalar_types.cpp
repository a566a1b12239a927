#include "config/settings/scalar_types.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "base/text.h"
#include "config/document/scalar.h"
#include "config/settings/hints.h"
#include "config/settings/type.h"

namespace bnexp::config {
namespace {

bool holds(const Range& range, double value) {
  return (range.low_open ? value > range.low : value >= range.low) &&
         (range.high_open ? value < range.high : value <= range.high);
}

// Bounds as words ("at least 0 and below 1") or as signs (">= 0, < 1").
std::string in_words(const Range& range, bool signs) {
  const bool low = std::isfinite(range.low);
  const bool high = std::isfinite(range.high);
  const std::string from = shortest(range.low);
  const std::string to = shortest(range.high);
  if (low && high && !range.low_open && !range.high_open) {
    return signs ? fmt::format("{} to {}", from, to) : fmt::format("between {} and {}", from, to);
  }
  std::vector<std::string> parts;
  const char* above = range.low_open ? (signs ? ">" : "above") : (signs ? ">=" : "at least");
  const char* below = range.high_open ? (signs ? "<" : "below") : (signs ? "<=" : "at most");
  if (low) parts.push_back(fmt::format("{} {}", above, from));
  if (high) parts.push_back(fmt::format("{} {}", below, to));
  return join(parts, signs ? ", " : " and ");
}

class Boolean final : public Type {
 public:
  std::optional<Json> read(const Node& node, const Place& place) const override {
    const auto value = boolean_of(node);
    if (value) return *value;
    place.refuse_type(node, place.in_list ? plural() : words(), boolean_hint(node));
    return std::nullopt;
  }
  std::string name() const override { return "boolean"; }
  std::string words() const override { return "true or false"; }
  std::string plural() const override { return "true or false"; }
  Json schema() const override { return {{"type", "boolean"}}; }
};

template <class Value>
class Number final : public Type {
 public:
  explicit Number(Range range) : range_(range) {}

  std::optional<Json> read(const Node& node, const Place& place) const override {
    const auto value = parsed(node);
    if (!value) {
      place.refuse_type(node, place.in_list ? plural() + " throughout" : words(),
                        kIsInteger ? integer_hint(node) : real_hint(node));
    } else if (!holds(range_, static_cast<double>(*value))) {
      place.refuse(node,
                   fmt::format("{} must be {}, found {}", place.path, in_words(range_, false), shown(node.scalar)));
    } else {
      return *value;
    }
    return std::nullopt;
  }
  std::string name() const override { return kIsInteger ? "integer" : "real"; }
  std::string words() const override { return kIsInteger ? "a whole number" : "a number"; }
  std::string plural() const override { return kIsInteger ? "whole numbers" : "numbers"; }
  std::string bounds() const override { return in_words(range_, true); }
  Json schema() const override {
    Json schema = {{"type", kIsInteger ? "integer" : "number"}};
    if (std::isfinite(range_.low)) schema[range_.low_open ? "exclusiveMinimum" : "minimum"] = range_.low;
    if (std::isfinite(range_.high)) schema[range_.high_open ? "exclusiveMaximum" : "maximum"] = range_.high;
    return schema;
  }

 private:
  static constexpr bool kIsInteger = std::is_same_v<Value, std::int64_t>;
  static std::optional<Value> parsed(const Node& node) {
    if constexpr (kIsInteger) {
      return integer_of(node);
    } else {
      return real_of(node);
    }
  }
  Range range_;
};

class Text final : public Type {
 public:
  std::optional<Json> read(const Node& node, const Place& place) const override {
    if (node.is_scalar() && to_json(node).is_string()) return node.scalar;
    place.refuse_type(node, words(), node.is_scalar() || node.is_map() ? "put it in quotes" : "");
    return std::nullopt;
  }
  std::string name() const override { return "text"; }
  std::string words() const override { return "text"; }
  std::string plural() const override { return "texts"; }
  Json schema() const override { return {{"type", "string"}}; }
};

class Choice final : public Type {
 public:
  explicit Choice(std::vector<std::string> choices) : choices_(std::move(choices)) {}

  std::optional<Json> read(const Node& node, const Place& place) const override {
    const bool known = std::find(choices_.begin(), choices_.end(), node.scalar) != choices_.end();
    if (node.is_scalar() && known) return node.scalar;
    if (place.in_list) {
      place.refuse(node, fmt::format("{} cannot contain {}", place.path, describe(node)),
                   choice_hint(node.scalar, choices_));
    } else if (node.is_scalar()) {
      place.refuse(node, fmt::format("{} cannot be '{}'", place.path, shown(node.scalar)),
                   choice_hint(node.scalar, choices_));
    } else {
      place.refuse_type(node, words(), "");
    }
    return std::nullopt;
  }
  std::string name() const override { return "choice"; }
  std::string words() const override { return fmt::format("one of {}", join(choices_, ", ")); }
  std::string plural() const override { return "words"; }
  std::string bounds() const override { return join(choices_, " | "); }
  Json schema() const override { return {{"enum", choices_}}; }

 private:
  std::vector<std::string> choices_;
};

}  // namespace

namespace type {

TypePtr boolean() { return std::make_shared<Boolean>(); }
TypePtr integer(Range range) { return std::make_shared<Number<std::int64_t>>(range); }
TypePtr real(Range range) { return std::make_shared<Number<double>>(range); }
TypePtr text() { return std::make_shared<Text>(); }
TypePtr choice(std::vector<std::string> words) { return std::make_shared<Choice>(std::move(words)); }

}  // namespace type
}  // namespace bnexp::config
