#include "config/settings/fields.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/text.h"
#include "config/settings/reader.h"

namespace bnexp::config {
namespace {

// The tree of a file with these values.
Node tree_of(const Json& json) {
  Node node;
  if (json.is_object()) {
    node.kind = Node::Kind::map;
    for (const auto& [key, value] : json.items()) node.entries.push_back({key, {}, tree_of(value)});
  } else if (json.is_array()) {
    node.kind = Node::Kind::list;
    for (const auto& item : json) node.items.push_back(tree_of(item));
  } else if (!json.is_null()) {
    node.kind = Node::Kind::scalar;
    node.quoted = json.is_string();
    node.scalar = json.is_string() ? json.get<std::string>() : json.dump();
  }
  return node;
}

}  // namespace

void JsonWriter::field(const Field& field) { stack_.back()[field.key] = field.type->resolved(field.get()); }

void JsonWriter::enter(const char* key, const char*) {
  keys_.emplace_back(key);
  stack_.push_back(Json::object());
}

void JsonWriter::leave() {
  Json inner = std::move(stack_.back());
  stack_.pop_back();
  stack_.back()[keys_.back()] = std::move(inner);
  keys_.pop_back();
}

void read_json(const Json& json, const std::function<void(Fields&)>& fields) {
  if (!json.is_object()) throw environment_error("settings must be an object");
  std::vector<Problem> problems;
  const Node tree = tree_of(json);
  Place place{"", problems};
  place.from_record = true;
  NodeReader reader(tree, place);
  fields(reader);
  if (!problems.empty()) throw environment_error(problems.front().message, problems.front().hint);
}

}  // namespace bnexp::config
