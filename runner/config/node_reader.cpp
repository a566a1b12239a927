#include "config/node_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/text.h"
#include "config/catalog.h"
#include "config/hints.h"
#include "config/scalar.h"

namespace bnexp::config {
namespace {

constexpr const char* kInteger = "a whole number";
constexpr const char* kReal = "a number";

bool holds(const Range& range, double value) {
  return (range.low_open ? value > range.low : value >= range.low) &&
         (range.high_open ? value < range.high : value <= range.high);
}

std::string in_words(const Range& range) {
  const bool low = std::isfinite(range.low);
  const bool high = std::isfinite(range.high);
  const std::string from = fmt::format("{} {}", range.low_open ? "above" : "at least", shortest(range.low));
  const std::string to = fmt::format("{} {}", range.high_open ? "below" : "at most", shortest(range.high));
  if (low && high && !range.low_open && !range.high_open) {
    return fmt::format("between {} and {}", shortest(range.low), shortest(range.high));
  }
  return low && high ? from + " and " + to : low ? from : to;
}

std::string in_braces(const std::string& key, const std::string& values) {
  return fmt::format("to try several values, sweep them: sweep: {{grid: {{{}: [{}]}}}}", key, values);
}

std::string items_of(const Node& list) {
  std::vector<std::string> items;
  for (const Node& item : list.items) items.push_back(item.is_scalar() ? printable(item.scalar) : "...");
  if (items.size() > 4) items = {items[0], items[1], "..."};
  return join(items, ", ");
}

}  // namespace

NodeReader::NodeReader(const Node& root, std::vector<Problem>& problems, std::string key) : problems_(problems) {
  push(&root, std::move(key));
}

void NodeReader::push(const Node* map, std::string key, std::string kind, std::string name) {
  frames_.push_back({map, std::move(key), std::move(kind), std::move(name), problems_.size(), {}});
}

void NodeReader::pop() {
  refuse_unknown_in(frames_.back(), {});
  frames_.pop_back();
}

const Node* NodeReader::ask(const char* key) {
  Frame& frame = frames_.back();
  frame.asked.emplace_back(key);
  return frame.map == nullptr ? nullptr : frame.map->find(key);
}

std::string NodeReader::path(std::string_view key) const {
  std::string result;
  const auto add = [&](std::string_view segment) {
    if (segment.empty()) return;
    if (!result.empty()) result += '.';
    result += segment;
  };
  for (const Frame& frame : frames_) add(frame.key);
  add(key);
  return result;
}

void NodeReader::refuse(const Node& node, std::string message, std::string hint) {
  problems_.push_back({node.mark, std::move(message), std::move(hint)});
}

void NodeReader::refuse_type(const Node& node, const char* key, const std::string& expected, const Json& standard,
                             const std::string& hint) {
  std::string advice = hint;
  if (advice.empty() && node.is_null() && !standard.is_null()) {
    advice = fmt::format("leave the key out for its default, {}",
                         standard.is_string() ? standard.get<std::string>() : standard.dump());
  }
  if (advice.empty() && node.is_list()) advice = in_braces(path(key), items_of(node));
  refuse(node, fmt::format("{} must be {}, found {}", path(key), expected, describe(node)), advice);
}

void NodeReader::refuse_unknown(const std::vector<std::string>& others) { refuse_unknown_in(frames_.back(), others); }

void NodeReader::refuse_unknown_in(const Frame& frame, const std::vector<std::string>& others) {
  if (frame.map == nullptr) return;
  for (const auto& entry : frame.map->entries) {
    const auto is_it = [&](std::string_view known) { return known == entry.key; };
    if (std::any_of(frame.asked.begin(), frame.asked.end(), is_it)) continue;
    if (std::any_of(others.begin(), others.end(), is_it)) continue;
    if (!frame.kind.empty() && entry.key == "name") continue;
    std::vector<std::string> valid(others);
    valid.insert(valid.end(), frame.asked.begin(), frame.asked.end());
    if (frames_.size() == 1) std::erase(valid, "seed");
    const std::string what = frame.kind.empty() ? path("") : fmt::format("{} '{}'", frame.kind, frame.name);
    problems_.push_back({entry.mark,
                         fmt::format("unknown key '{}'{}{}", printable(entry.key), what.empty() ? "" : " in ", what),
                         unknown_key_hint(entry.key, valid, what, frame.kind, frame.name)});
  }
}

void NodeReader::boolean(const char* key, bool& value, const char*) {
  const Node* node = ask(key);
  if (node == nullptr) return;
  if (const auto read = boolean_of(*node)) {
    value = *read;
  } else {
    refuse_type(*node, key, "true or false", value, boolean_hint(*node));
  }
}

template <class Number, class Parse>
bool NodeReader::number(const Node& node, const char* key, Number& value, Range range, const std::string& expected,
                        Parse parse, std::string (*hint)(const Node&), const Json& standard) {
  const auto read = parse(node);
  if (!read) {
    const bool nullable = expected.ends_with("or null");
    const std::string none = nullable ? nullable_hint(node) : "";
    refuse_type(node, key, expected, standard, none.empty() ? hint(node) : none);
    return false;
  }
  if (!holds(range, static_cast<double>(*read))) {
    refuse(node, fmt::format("{} must be {}, found {}", path(key), in_words(range), printable(node.scalar)), "");
    return false;
  }
  value = *read;
  return true;
}

void NodeReader::integer(const char* key, std::int64_t& value, Range range, const char*) {
  const Node* node = ask(key);
  if (node != nullptr) number(*node, key, value, range, kInteger, integer_of, integer_hint, value);
}

void NodeReader::real(const char* key, double& value, Range range, const char*) {
  const Node* node = ask(key);
  if (node != nullptr) number(*node, key, value, range, kReal, real_of, real_hint, value);
}

void NodeReader::optional_integer(const char* key, std::optional<std::int64_t>& value, Range range, const char*) {
  const Node* node = ask(key);
  if (node == nullptr) return;
  std::int64_t read = 0;
  if (node->is_null()) {
    value.reset();
  } else if (number(*node, key, read, range, "a whole number or null", integer_of, integer_hint, Json())) {
    value = read;
  }
}

void NodeReader::optional_real(const char* key, std::optional<double>& value, Range range, const char*) {
  const Node* node = ask(key);
  if (node == nullptr) return;
  double read = 0;
  if (node->is_null()) {
    value.reset();
  } else if (number(*node, key, read, range, "a number or null", real_of, real_hint, Json())) {
    value = read;
  }
}

void NodeReader::text(const char* key, std::string& value, const char*) {
  const Node* node = ask(key);
  if (node == nullptr) return;
  if (node->is_scalar() && to_json(*node).is_string()) {
    value = node->scalar;
  } else {
    refuse_type(*node, key, "text", value.empty() ? Json() : Json(value),
                node->is_scalar() || node->is_map() ? "put it in quotes" : "");
  }
}

void NodeReader::choice(const char* key, std::string& value, const std::vector<std::string>& choices, const char*) {
  const Node* node = ask(key);
  if (node == nullptr) return;
  if (!node->is_scalar()) {
    refuse_type(*node, key, fmt::format("one of {}", join(choices, ", ")), value, "");
  } else if (std::find(choices.begin(), choices.end(), node->scalar) == choices.end()) {
    refuse(*node, fmt::format("{} cannot be '{}'", path(key), printable(node->scalar)),
           choice_hint(node->scalar, choices));
  } else {
    value = node->scalar;
  }
}

template <class Read>
void NodeReader::list(const char* key, const std::string& expected, const Json& standard, Read read_items) {
  const Node* node = ask(key);
  if (node == nullptr) return;
  if (node->is_list()) {
    read_items(*node);
  } else {
    refuse_type(*node, key, expected, standard,
                node->is_scalar() ? fmt::format("write [{}]", printable(node->scalar)) : "");
  }
}

void NodeReader::integers(const char* key, std::vector<std::int64_t>& value, Range range, const char*) {
  list(key, "a list of whole numbers", value, [&](const Node& node) {
    std::vector<std::int64_t> read(node.items.size());
    for (std::size_t i = 0; i < read.size(); ++i) {
      if (!number(node.items[i], key, read[i], range, "whole numbers throughout", integer_of, integer_hint, Json())) {
        return;
      }
    }
    value = std::move(read);
  });
}

void NodeReader::reals(const char* key, std::vector<double>& value, Range range, const char*) {
  list(key, "a list of numbers", value, [&](const Node& node) {
    std::vector<double> read(node.items.size());
    for (std::size_t i = 0; i < read.size(); ++i) {
      if (!number(node.items[i], key, read[i], range, "numbers throughout", real_of, real_hint, Json())) return;
    }
    value = std::move(read);
  });
}

void NodeReader::choices(const char* key, std::vector<std::string>& value, const std::vector<std::string>& choices,
                         const char*) {
  list(key, "a list of words", value, [&](const Node& node) {
    std::vector<std::string> read;
    for (const Node& item : node.items) {
      if (!item.is_scalar() || std::find(choices.begin(), choices.end(), item.scalar) == choices.end()) {
        refuse(item, fmt::format("{} cannot contain {}", path(key), describe(item)), choice_hint(item.scalar, choices));
        return;
      }
      read.push_back(item.scalar);
    }
    value = std::move(read);
  });
}

// The node that names a variant, with the name in `name`; nullptr after a problem.
const Node* NodeReader::named(const Node& node, const std::string& standard, const char* key, const char* kind,
                              std::string& name) {
  const Node* own = node.is_map() ? node.find("name") : &node;
  if (own == nullptr && standard.empty()) {
    refuse(node, fmt::format("a {} needs a name", kind),
           fmt::format("{}s: {}", kind, join(Catalog::instance().names(kind), ", ")));
    return nullptr;
  }
  if (own != nullptr && !own->is_scalar()) {
    const auto names = Catalog::instance().names(kind);
    const bool none = own->is_null() && std::find(names.begin(), names.end(), "none") != names.end();
    refuse_type(*own, key, fmt::format("a {}'s name, or a map with its name and parameters", kind), Json(),
                none             ? fmt::format("for no {}, write none", kind)
                : own->is_list() ? ""
                                 : fmt::format("{}s: {}", kind, join(names, ", ")));
    return nullptr;
  }
  name = own == nullptr ? standard : own->scalar;
  if (Catalog::instance().find(kind, name) != nullptr) return own == nullptr ? &node : own;
  refuse(*own, fmt::format("unknown {} '{}'", kind, printable(name)), unknown_variant_hint(name, kind));
  return nullptr;
}

bool NodeReader::read_named(const Node& node, const std::string& standard, const char* key, const char* kind,
                            Variant& value) {
  std::string name;
  if (named(node, standard, key, kind, name) == nullptr) return false;
  push(node.is_map() ? &node : nullptr, key, kind, name);
  value = read_variant(*Catalog::instance().find(kind, name), name, *this);
  pop();
  return true;
}

void NodeReader::variant(const char* key, Variant& value, const char* kind, const char*) {
  const Node* node = ask(key);
  if (node == nullptr) {
    value = default_variant(kind, value.name);
  } else {
    read_named(*node, value.name, key, kind, value);
  }
}

void NodeReader::variants(const char* key, std::vector<Variant>& value, const char* kind, const char*) {
  const std::string expected = fmt::format("a list of {}s", kind);
  list(key, expected, Json::array(), [&](const Node& node) {
    std::vector<Variant> read;
    std::vector<const Node*> nodes;
    push(nullptr, key);
    for (const Node& item : node.items) {
      Variant one;
      const Node* own = item.is_map() ? item.find("name") : &item;
      const std::string segment = own != nullptr && own->is_scalar() ? own->scalar : "";
      if (!read_named(item, "", segment.c_str(), kind, one)) continue;
      const auto same =
          std::find_if(read.begin(), read.end(), [&](const Variant& other) { return other.name == one.name; });
      if (same != read.end()) {
        refuse(item, fmt::format("{} '{}' is listed twice", kind, one.name),
               fmt::format("it is already given at {}",
                           nodes[static_cast<std::size_t>(same - read.begin())]->mark.where()));
        continue;
      }
      read.push_back(std::move(one));
      nodes.push_back(&item);
    }
    frames_.pop_back();
    value = std::move(read);
  });
}

void NodeReader::check(bool holds, const char* key, const std::string& message, const std::string& hint) {
  const Frame& frame = frames_.back();
  if (holds || problems_.size() > frame.problems) return;
  Mark mark;
  for (auto above = frames_.rbegin(); above != frames_.rend() && mark.source == nullptr; ++above) {
    if (above->map != nullptr) mark = above->map->mark;
  }
  if (frame.map != nullptr) {
    if (const Node* own = frame.map->find(key)) mark = own->mark;
  }
  problems_.push_back({mark, message, hint});
}

bool NodeReader::enter(const char* key, const char*) {
  const std::size_t problems = problems_.size();
  const Node* node = ask(key);
  if (node != nullptr && !node->is_map()) {
    refuse_type(*node, key, "a map of settings", Json(),
                node->is_null() ? "indent its settings below it, or remove the key" : "");
    node = nullptr;
  }
  push(node, key);
  frames_.back().problems = problems;
  return true;
}

void NodeReader::leave() { pop(); }

}  // namespace bnexp::config
