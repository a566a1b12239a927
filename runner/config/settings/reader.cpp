#include "config/settings/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "config/settings/hints.h"

namespace bnexp::config {

NodeReader::NodeReader(const Node& root, const Place& place, std::string kind, std::string name, std::string chooser)
    : place_(place), kind_(std::move(kind)), name_(std::move(name)), chooser_(std::move(chooser)) {
  frames_.push_back({root.is_map() ? &root : nullptr, root.mark, place.path, place.problems.size(), {}});
}

const Node* NodeReader::ask(const char* key) {
  Frame& frame = frames_.back();
  frame.asked.emplace_back(key);
  return frame.map == nullptr ? nullptr : frame.map->find(key);
}

std::string NodeReader::path(std::string_view key) const {
  const std::string& parent = frames_.back().path;
  return parent.empty() ? std::string(key) : fmt::format("{}.{}", parent, key);
}

void NodeReader::field(const Field& field) {
  if (const Node* node = ask(field.key)) {
    const Place place{path(field.key), place_.problems, field.get(), false, place_.from_record};
    if (const auto value = field.type->read(*node, place)) field.set(*value);
  } else if (field.introduced && place_.from_record) {
    field.set(field.type->resolved(*field.introduced));
  } else if (!field.type->kind().empty()) {
    field.set(field.type->resolved(field.get()));
  }
}

void NodeReader::refuse_unknown_in(const Frame& frame, const std::vector<std::string>& others) {
  if (frame.map == nullptr) return;
  const bool is_root = &frame == &frames_.front();
  for (const auto& entry : frame.map->entries) {
    const auto is_it = [&](std::string_view known) { return known == entry.key; };
    if (std::any_of(frame.asked.begin(), frame.asked.end(), is_it)) continue;
    if (std::any_of(others.begin(), others.end(), is_it)) continue;
    if (is_root && !kind_.empty() && entry.key == chooser_) continue;
    std::vector<std::string> valid(others);
    valid.insert(valid.end(), frame.asked.begin(), frame.asked.end());
    if (frame.path.empty()) std::erase(valid, "seed");
    const std::string what = is_root && !kind_.empty() ? fmt::format("{} '{}'", kind_, name_) : frame.path;
    place_.problems.push_back({entry.mark,
                               fmt::format("unknown key '{}'{}{}", shown(entry.key), what.empty() ? "" : " in ", what),
                               unknown_key_hint(entry.key, valid, what, is_root ? kind_ : "", name_)});
  }
}

void NodeReader::check(bool holds, const char* key, const std::string& message, const std::string& hint) {
  const Frame& frame = frames_.back();
  if (holds || place_.from_record || place_.problems.size() > frame.problems) return;
  const Node* own = frame.map == nullptr ? nullptr : frame.map->find(key);
  place_.problems.push_back({own == nullptr ? frame.mark : own->mark, message, hint});
}

void NodeReader::enter(const char* key, const char*) {
  const std::size_t problems = place_.problems.size();
  const Node* node = ask(key);
  const Mark mark = node == nullptr ? frames_.back().mark : node->mark;
  if (node != nullptr && !node->is_map()) {
    const Place place{path(key), place_.problems};
    place.refuse_type(*node, "a map of settings",
                      node->is_null() ? "indent its settings below it, or remove the key" : "");
    node = nullptr;
  }
  frames_.push_back({node, mark, path(key), problems, {}});
}

void NodeReader::leave() {
  refuse_unknown_in(frames_.back(), {});
  frames_.pop_back();
}

}  // namespace bnexp::config
