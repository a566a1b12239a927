#include "config/suite/label.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.h"
#include "config/document/scalar.h"

namespace bnexp::config {
namespace {

Json name_of(const Json& value) { return value.is_object() ? value.value("name", Json()) : value; }

// The values of one name, and how many of them have each parameter at each value.
struct Named {
  std::size_t count = 0;
  std::map<std::string, std::map<Json, std::size_t>> parameters;
};

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

std::vector<std::string> level_texts(const std::vector<Json>& values) {
  std::map<Json, Named> named;
  for (const auto& value : values) {
    Named& same = named[name_of(value)];
    ++same.count;
    if (!value.is_object()) continue;
    for (const auto& [key, own] : value.items()) ++same.parameters[key][own];
  }
  std::vector<std::string> texts;
  for (const auto& value : values) {
    Json distinct = value;
    if (value.is_object()) {
      const Named& same = named.at(name_of(value));
      for (const auto& [key, own] : value.items()) {
        if (key != "name" && same.parameters.at(key).at(own) == same.count) distinct.erase(key);
      }
    }
    texts.push_back(value_text(distinct));
  }
  return texts;
}

Labels::Labels(const Sweep& sweep, const Merger& merger) {
  std::vector<std::string> subjects;
  for (const auto* column : sweep.columns()) subjects.push_back(subject(column->key, merger));
  for (const auto& axis : sweep.axes) {
    std::vector<std::string> texts(axis.rows());
    for (const auto& column : axis.columns) {
      const std::string name = tail(subject(column.key, merger), subjects);
      std::vector<Json> values;
      for (const Node& value : column.values) values.push_back(to_json(value));
      const auto levels = level_texts(values);
      for (std::size_t row = 0; row < texts.size(); ++row) {
        if (!texts[row].empty()) texts[row] += ", ";
        texts[row] += fmt::format("{}={}", name, printable(levels[row]));
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
