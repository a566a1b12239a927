#include "config/suite/merge.h"

#include <fmt/format.h>

#include <utility>

#include "config/settings/describe.h"

namespace bnexp::config {
namespace {

void spell_out(Node& variant) {
  if (!variant.is_scalar()) return;
  Node map;
  map.kind = Node::Kind::map;
  map.mark = variant.mark;
  const Mark mark = variant.mark;
  map.entries.push_back({"name", mark, std::move(variant)});
  variant = std::move(map);
}

void clear_other_budget(Node& train, std::vector<Problem>& problems) {
  const Node* epochs = train.find("epochs");
  const Node* steps = train.find("steps");
  const bool by_epochs = epochs != nullptr && !epochs->is_null();
  const bool by_steps = steps != nullptr && !steps->is_null();
  if (by_epochs && by_steps) {
    const Node::Entry* second = train.find_entry("epochs");
    const Node::Entry* first = train.find_entry("steps");
    if (first > second) std::swap(first, second);
    problems.push_back({second->mark,
                        "train.epochs and train.steps are both given, but only one of them can be the budget",
                        fmt::format("remove one; {} is at {}", first->key, first->mark.where())});
    train.find(first->key)->kind = Node::Kind::null;
    return;
  }
  if (by_epochs == by_steps) return;
  const std::string given = by_epochs ? "epochs" : "steps";
  const std::string other = by_epochs ? "steps" : "epochs";
  if (train.find(other) != nullptr) return;
  Node nothing;
  nothing.mark = train.find(given)->mark;
  train.entries.push_back({other, train.find_entry(given)->mark, std::move(nothing)});
}

}  // namespace

Node nest(const std::vector<std::string>& key, const Mark& mark, Node value) {
  int end = 0;
  for (const auto& segment : key) end += static_cast<int>(segment.size()) + 1;
  const int quote = mark.length > end - 1 ? 1 : 0;
  for (std::size_t i = key.size(); i-- > 0;) {
    end -= static_cast<int>(key[i].size()) + 1;
    Mark own = mark;
    own.column += end + quote;
    own.length = static_cast<int>(key[i].size());
    Node map;
    map.kind = Node::Kind::map;
    map.mark = own;
    map.entries.push_back({key[i], own, std::move(value)});
    value = std::move(map);
  }
  return value;
}

Merger::Merger() : variants_(variant_defaults()) {}

void Merger::normalize(Node& layer, std::vector<Problem>& problems) const {
  for (const auto& [key, name] : variants_) {
    if (const Node* found = find_path(layer, key)) spell_out(*const_cast<Node*>(found));
  }
  if (Node* train = layer.find("train"); train != nullptr && train->is_map()) clear_other_budget(*train, problems);
}

bool Merger::replaces(const Node& below, const Node& above, const std::string& path) const {
  if (!below.is_map() || !above.is_map()) return true;
  const auto variant = variants_.find(path);
  if (variant == variants_.end()) return false;
  const Node* name = above.find("name");
  if (name == nullptr) return false;
  const Node* below_name = below.find("name");
  return name->scalar != (below_name == nullptr ? variant->second : below_name->scalar);
}

void Merger::merge(Node& below, const Node& above, const std::string& path) const {
  if (replaces(below, above, path)) {
    below = above;
    return;
  }
  if (!path.empty()) below.mark = above.mark;
  for (const auto& entry : above.entries) {
    Node* value = below.find(entry.key);
    if (value == nullptr) {
      below.entries.push_back(entry);
      continue;
    }
    const_cast<Node::Entry*>(below.find_entry(entry.key))->mark = entry.mark;
    merge(*value, entry.value, path.empty() ? entry.key : path + "." + entry.key);
  }
}

}  // namespace bnexp::config
