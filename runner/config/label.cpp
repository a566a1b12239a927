#include "config/label.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "config/scalar.h"

namespace bnexp::config {
namespace {

std::string name_of(const Node& value) {
  const Node* own = value.is_map() ? value.find("name") : &value;
  return own != nullptr && own->is_scalar() ? own->scalar : "";
}

// Whether every value of this name in the list gives the same `key`, so that showing it tells nothing.
bool is_common(const std::string& key, const Node& value, const std::vector<Node>& values) {
  const Json own = to_json(*value.find(key));
  return std::all_of(values.begin(), values.end(), [&](const Node& other) {
    if (name_of(other) != name_of(value)) return true;
    const Node* theirs = other.find(key);
    return theirs != nullptr && to_json(*theirs) == own;
  });
}

std::string text_of(const Node& value, const std::vector<Node>& values) {
  switch (value.kind) {
    case Node::Kind::null:
      return "null";
    case Node::Kind::scalar: {
      const auto number = real_of(value);
      return number && !integer_of(value) ? shortest(*number) : printable(value.scalar);
    }
    case Node::Kind::list: {
      std::vector<std::string> items;
      for (const Node& item : value.items) items.push_back(text_of(item, {}));
      return fmt::format("[{}]", join(items, ", "));
    }
    case Node::Kind::map:
      break;
  }
  std::vector<std::string> parts;
  for (const auto& entry : value.entries) {
    if (entry.key == "name" || (!values.empty() && is_common(entry.key, value, values))) continue;
    parts.push_back(fmt::format("{}={}", entry.key, text_of(entry.value, {})));
  }
  const std::string name = name_of(value);
  return parts.empty() && !name.empty() ? name : fmt::format("{}({})", name, join(parts, ", "));
}

// The key without the ".name" of a variant, which says nothing.
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
      for (std::size_t row = 0; row < texts.size(); ++row) {
        if (!texts[row].empty()) texts[row] += ", ";
        texts[row] += fmt::format("{}={}", name, text_of(column.values[row], column.values));
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
