#include "config/suite/selection.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "base/text.h"
#include "config/document/scalar.h"
#include "config/settings/type.h"

namespace bnexp::config {
namespace {

class Selection final : public Type {
 public:
  std::optional<Json> read(const Node& node, const Place& place) const override {
    // A record's default may be the selection of everything.
    if (!node.is_map() || (node.entries.empty() && !place.from_record)) {
      place.refuse_type(node, words(), "for example {norm: batch}");
      return std::nullopt;
    }
    Json selection = Json::object();
    for (const auto& entry : node.entries) {
      Json alternatives = to_json(entry.value);
      if (!alternatives.is_array()) alternatives = Json::array({std::move(alternatives)});
      if (alternatives.empty()) {
        place.refuse(entry.value, fmt::format("{} in {} has no value to choose", shown(entry.key), place.path));
        return std::nullopt;
      }
      selection[entry.key] = std::move(alternatives);
    }
    return selection;
  }
  std::string name() const override { return "arms"; }
  std::string words() const override { return "a map of dotted keys to a value or a list of values"; }
  std::string plural() const override { return "maps of dotted keys to values"; }
  Json schema() const override { return {{"$ref", "#/$defs/rule"}}; }
};

class SweptKey final : public Type {
 public:
  std::optional<Json> read(const Node& node, const Place& place) const override {
    if (node.is_scalar()) return node.scalar;
    place.refuse_type(node, words(), "for example train.optimizer.lr");
    return std::nullopt;
  }
  std::string name() const override { return "swept key"; }
  std::string words() const override { return "the dotted key of a sweep"; }
  std::string plural() const override { return "dotted keys of a sweep"; }
  Json schema() const override { return {{"type", "string"}}; }
};

}  // namespace

bool matches(const Json& actual, const Json& wanted) {
  if (actual.is_object() && wanted.is_string()) return actual.contains("name") && actual["name"] == wanted;
  if (actual.is_object() && wanted.is_object()) {
    return std::all_of(wanted.items().begin(), wanted.items().end(), [&](const auto& item) {
      return actual.contains(item.key()) && matches(actual[item.key()], item.value());
    });
  }
  if (actual.is_array() && wanted.is_array() && actual.size() == wanted.size()) {
    return std::equal(actual.begin(), actual.end(), wanted.begin(), matches);
  }
  return actual == wanted;
}

bool selects(const Json& selection, const Json& settings) {
  return std::ranges::all_of(selection.items(), [&](const auto& item) {
    const Json* actual = find_path(settings, item.key());
    return actual != nullptr &&
           std::ranges::any_of(item.value(), [&](const Json& wanted) { return matches(*actual, wanted); });
  });
}

std::string selection_text(const Json& selection) {
  std::vector<std::string> parts;
  for (const auto& [key, alternatives] : selection.items()) {
    std::vector<std::string> values;
    for (const auto& value : alternatives) values.push_back(value_text(value));
    parts.push_back(fmt::format("{}={}", key, join(values, " or ")));
  }
  return parts.empty() ? "all arms" : join(parts, ", ");
}

namespace type {
TypePtr selection() { return std::make_shared<Selection>(); }
TypePtr swept_key() { return std::make_shared<SweptKey>(); }
}  // namespace type

}  // namespace bnexp::config
