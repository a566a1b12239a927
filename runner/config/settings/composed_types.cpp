#include "config/settings/composed_types.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "config/settings/catalog.h"
#include "config/settings/hints.h"
#include "config/settings/reader.h"
#include "config/settings/type.h"

namespace bnexp::config::type {
namespace {

class Optional final : public Type {
 public:
  explicit Optional(TypePtr type) : type_(std::move(type)) {}

  std::optional<Json> read(const Node& node, const Place& place) const override {
    if (node.is_null()) return Json(nullptr);
    Place inner = place;
    inner.alternative = " or null";
    return type_->read(node, inner);
  }
  Json resolved(Json value) const override { return value.is_null() ? value : type_->resolved(std::move(value)); }
  std::string name() const override { return type_->name(); }
  std::string words() const override { return type_->words() + " or null"; }
  std::string plural() const override { return type_->plural() + " or null"; }
  std::string bounds() const override { return type_->bounds(); }
  std::string kind() const override { return type_->kind(); }
  bool is_nullable() const override { return true; }
  bool is_list() const override { return type_->is_list(); }
  Json schema() const override {
    Json schema = type_->schema();
    if (schema.contains("type") && schema["type"].is_string()) {
      schema["type"] = Json::array({schema["type"], "null"});
      return schema;
    }
    return {{"anyOf", {std::move(schema), {{"type", "null"}}}}};
  }

 private:
  TypePtr type_;
};

class List final : public Type {
 public:
  List(TypePtr item, ListRules rules) : item_(std::move(item)), rules_(rules) {}

  std::optional<Json> read(const Node& node, const Place& place) const override {
    if (!node.is_list()) {
      place.refuse_type(node, words(), node.is_scalar() ? fmt::format("write [{}]", shown(node.scalar)) : "");
      return std::nullopt;
    }
    if (!has_right_length(node, place)) return std::nullopt;
    Place inner = place;
    inner.standard = nullptr;
    inner.in_list = true;
    Json values = Json::array();
    std::vector<const Node*> nodes;
    for (const Node& item : node.items) {
      const auto value = item_->read(item, inner);
      if (!value || is_repeated(*value, values, nodes, item, place)) continue;
      values.push_back(*value);
      nodes.push_back(&item);
    }
    if (values.size() < node.items.size()) return std::nullopt;
    return values;
  }
  Json resolved(Json value) const override {
    for (auto& item : value) item = item_->resolved(std::move(item));
    return value;
  }
  std::string name() const override {
    return "list of " + (item_->is_list() ? "lists" + item_->name().substr(4) : item_->name());
  }
  std::string words() const override { return "a list of " + item_->plural(); }
  std::string plural() const override { return "lists of " + item_->plural(); }
  std::string bounds() const override { return item_->bounds(); }
  std::string kind() const override { return item_->kind(); }
  bool is_list() const override { return true; }
  Json schema() const override {
    const bool of_variants = !item_->kind().empty() && !item_->is_list();
    Json schema = {{"type", "array"},
                   {"items", of_variants ? Json{{"$ref", "#/$defs/listed_" + item_->kind()}} : item_->schema()}};
    if (rules_.least > 0) schema["minItems"] = rules_.least;
    if (rules_.most < ListRules{}.most) schema["maxItems"] = rules_.most;
    if (rules_.distinct == Distinct::by_value) schema["uniqueItems"] = true;
    return schema;
  }

 private:
  bool has_right_length(const Node& node, const Place& place) const {
    const std::size_t count = node.items.size();
    if (count >= rules_.least && count <= rules_.most) return true;
    if (count == 0) {
      place.refuse(node, fmt::format("{} must be {}, found an empty one", place.path, words()));
    } else {
      const std::string most = rules_.most < ListRules{}.most ? fmt::format(" to {}", rules_.most) : " or more";
      place.refuse(node, fmt::format("{}{} must have {}{} elements, found {}", place.in_list ? "each list in " : "",
                                     place.path, rules_.least, most, count));
    }
    return false;
  }

  bool is_repeated(const Json& value, const Json& values, const std::vector<const Node*>& nodes, const Node& node,
                   const Place& place) const {
    if (rules_.distinct == Distinct::no) return false;
    const bool by_name = rules_.distinct == Distinct::by_name;
    const auto same = std::find_if(values.begin(), values.end(), [&](const Json& other) {
      return by_name ? other.at("name") == value.at("name") : other == value;
    });
    if (same == values.end()) return false;
    const std::string what = by_name
                                 ? fmt::format("{} '{}' is listed twice", kind(), value.at("name").get<std::string>())
                                 : fmt::format("{} lists {} twice", place.path, shown(value_text(value)));
    place.refuse(
        node, what,
        fmt::format("it is already given at {}", nodes[static_cast<std::size_t>(same - values.begin())]->mark.where()));
    return true;
  }

  TypePtr item_;
  ListRules rules_;
};

class Either final : public Type {
 public:
  Either(TypePtr one, TypePtr list) : one_(std::move(one)), list_(std::move(list)) {}

  std::optional<Json> read(const Node& node, const Place& place) const override {
    if (node.is_list()) return list_->read(node, place);
    Place inner = place;
    inner.alternative = " or " + list_->words();
    return one_->read(node, inner);
  }
  std::string name() const override { return one_->name() + " or " + list_->name(); }
  std::string words() const override { return one_->words() + " or " + list_->words(); }
  std::string plural() const override { return one_->plural() + " or " + list_->plural(); }
  Json schema() const override { return {{"oneOf", {one_->schema(), list_->schema()}}}; }

 private:
  TypePtr one_;
  TypePtr list_;
};

class ChosenVariant final : public Type {
 public:
  explicit ChosenVariant(std::string kind) : kind_(std::move(kind)) {}

  std::optional<Json> read(const Node& node, const Place& place) const override {
    const auto name = read_name(node, place);
    if (!name) return std::nullopt;
    Place inner = place;
    inner.in_list = false;
    if (place.in_list) inner.path += "." + *name;
    const std::size_t problems = place.problems.size();
    NodeReader reader(node, inner, kind_, *name);
    const Variant variant = read_variant(*Catalog::instance().find(kind_, *name), *name, reader);
    reader.refuse_unknown();
    if (place.problems.size() > problems) return std::nullopt;
    return variant.settings;
  }
  Json resolved(Json value) const override {
    return value.is_string() ? default_variant(kind_, value.get<std::string>()).settings : value;
  }
  std::string name() const override { return kind_; }
  std::string words() const override {
    return fmt::format("a {}'s name, or a map with its name and parameters", kind_);
  }
  std::string plural() const override { return kind_ + "s"; }
  std::string kind() const override { return kind_; }
  Json schema() const override { return {{"$ref", "#/$defs/" + kind_}}; }

 private:
  // The name in `node`, or else the default's; nullopt after a problem.
  std::optional<std::string> read_name(const Node& node, const Place& place) const {
    const Node* own = node.is_map() ? node.find("name") : &node;
    const auto names = Catalog::instance().names(kind_);
    if (own == nullptr && place.in_list) {
      place.refuse(node, fmt::format("a {} needs a name", kind_), fmt::format("{}s: {}", kind_, join(names, ", ")));
      return std::nullopt;
    }
    if (own == nullptr) return place.standard.is_object() ? place.standard.at("name") : place.standard;
    if (!own->is_scalar()) {
      const bool none = own->is_null() && std::find(names.begin(), names.end(), "none") != names.end();
      place.refuse_type(*own, words(),
                        none             ? fmt::format("for no {}, write none", kind_)
                        : own->is_list() ? ""
                                         : fmt::format("{}s: {}", kind_, join(names, ", ")));
      return std::nullopt;
    }
    if (Catalog::instance().find(kind_, own->scalar) != nullptr) return own->scalar;
    place.refuse(*own, fmt::format("unknown {} '{}'", kind_, shown(own->scalar)),
                 unknown_variant_hint(own->scalar, kind_));
    return std::nullopt;
  }

  std::string kind_;
};

}  // namespace

TypePtr optional(TypePtr type) { return std::make_shared<Optional>(std::move(type)); }
TypePtr list(TypePtr item, ListRules rules) { return std::make_shared<List>(std::move(item), rules); }
TypePtr either(TypePtr one, TypePtr list) { return std::make_shared<Either>(std::move(one), std::move(list)); }
TypePtr variant(std::string kind) { return std::make_shared<ChosenVariant>(std::move(kind)); }

}  // namespace bnexp::config::type
