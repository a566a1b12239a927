#include "config/document/node.h"

#include <algorithm>

namespace bnexp::config {
namespace {

// A list's element by its name: in `[loss_curve, {name: running_stats}]`, either one.
const Node* find_named(const Node& list, std::string_view name) {
  for (const Node& item : list.items) {
    const Node* own = item.is_map() ? item.find("name") : &item;
    if (own != nullptr && own->is_scalar() && own->scalar == name) return &item;
  }
  return nullptr;
}

// Calls `visit` with every node on the way down to `dotted`, the root included; returns whether it got there.
template <class Visit>
bool descend(const Node& root, std::string_view dotted, Visit visit) {
  const Node* at = &root;
  visit(*at);
  while (!dotted.empty()) {
    const std::size_t dot = dotted.find('.');
    const std::string_view segment = dotted.substr(0, dot);
    at = at->is_list() ? find_named(*at, segment) : at->find(segment);
    if (at == nullptr) return false;
    visit(*at);
    dotted = dot == std::string_view::npos ? std::string_view{} : dotted.substr(dot + 1);
  }
  return true;
}

}  // namespace

const Node::Entry* Node::find_entry(std::string_view key) const {
  for (const Entry& entry : entries) {
    if (entry.key == key) return &entry;
  }
  return nullptr;
}

const Node* Node::find(std::string_view key) const {
  const Entry* entry = find_entry(key);
  return entry == nullptr ? nullptr : &entry->value;
}

Node* Node::find(std::string_view key) { return const_cast<Node*>(static_cast<const Node*>(this)->find(key)); }

void Node::erase(std::string_view key) {
  std::erase_if(entries, [key](const Entry& entry) { return entry.key == key; });
}

std::vector<std::string> split_key(std::string_view dotted) {
  std::vector<std::string> segments;
  for (;;) {
    const std::size_t dot = dotted.find('.');
    segments.emplace_back(dotted.substr(0, dot));
    if (dot == std::string_view::npos) return segments;
    dotted.remove_prefix(dot + 1);
  }
}

const Node* find_path(const Node& root, std::string_view dotted) {
  const Node* last = nullptr;
  return descend(root, dotted, [&](const Node& node) { last = &node; }) ? last : nullptr;
}

const Json* find_path(const Json& root, std::string_view dotted) {
  const Json* at = &root;
  for (const auto& segment : split_key(dotted)) {
    if (!at->is_object() || !at->contains(segment)) return nullptr;
    at = &at->at(segment);
  }
  return at;
}

Mark mark_of(const Node& root, std::string_view dotted) {
  Mark mark;
  descend(root, dotted, [&](const Node& node) {
    if (node.mark.source != nullptr) mark = node.mark;
  });
  return mark;
}

}  // namespace bnexp::config
