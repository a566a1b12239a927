#include "config/suite/label.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "config/document/scalar.h"

namespace bnexp::config {
namespace {

// Whether every value of this name in the list has the same `key`, so that the key distinguishes none.
bool is_common(const std::string& key, const Json& value, const std::vector<Json>& values) {
  return std::all_of(values.begin(), values.end(), [&](const Json& other) {
    const Json name = other.is_object() ? other.value("name", Json()) : other;
    if (name != value.value("name", Json())) return true;
    return other.is_object() && other.contains(key) && other.at(key) == value.at(key);
  });
}

std::string text_of(const Json& value, const std::vector<Json>& values) {
  if (!value.is_object()) return printable(value_text(value));
  Json distinct = value;
  for (const auto& [key, own] : value.items()) {
    if (key != "name" && is_common(key, value, values)) distinct.erase(key);
  }
  return printable(value_text(distinct));
}

// The key without a variant's ".name".
std::string subject(const std::string& key, const Merger& merger) {
  const std::size_t dot = key.rfind('.');
  const bool names_variant =
      dot != std::string::npos && key.substr(dot) == ".name" && merger.is_variant(key.substr(0, dot));
  return names_variant ? key.substr(0, dot) : key;
}

std::string tail(const std::string& key, const std::vector<std::string>& all) {
  for (std::size_t start = key.rfind('.'); start != std::string::npos && start > 0; start = key.rfind('.', start - 1)) {
    const std::string candidate = key.substr(start + 1);
    const bool distinct = std::none_of(all.begin(), all.end(), [&](const std::string& other) {
      return other != key && (other == candidate || other.ends_with("." + candidate));
    });
    if (distinct) return candidate;
  }
  return key;
}

}  // namespace

Labels::Labels(const Sweep& sweep, const Merger& merger) {
  std::vector<std::string> subjects;
  for (const auto* column : sweep.columns()) subjects.push_back(subject(column->key, merger));
  for (const auto& axis : sweep.axes) {
    std::vector<std::string> texts(axis.rows());
    for (const auto& column : axis.columns) {
      const std::string name = tail(subject(column.key, merger), subjects);
      std::vector<Json> values;
      for (const Node& value : column.values) values.push_back(to_json(value));
      for (std::size_t row = 0; row < texts.size(); ++row) {
        if (!texts[row].empty()) texts[row] += ", ";
        texts[row] += fmt::format("{}={}", name, text_of(values[row], values));
      }
    }
    texts_.push_back(std::move(texts));
  }
}

std::string Labels::of(const Rows& rows) const {
  std::string label;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!label.empty()) label += ", ";
    label += texts_[i][rows[i]];
  }
  return label.empty() ? "all" : label;
}

}  // namespace bnexp::config
