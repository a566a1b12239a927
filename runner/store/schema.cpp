#include "store/schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <regex>
#include <stdexcept>
#include <vector>

#include "base/text.h"
#include "store/record_schema.h"

namespace bnexp::store {
namespace {

using Violation = std::optional<std::string>;

bool is_of_type(const Json& json, const std::string& type) {
  if (type == "integer") {
    return json.is_number_integer() ||
           (json.is_number_float() && std::nearbyint(json.get<double>()) == json.get<double>());
  }
  if (type == "number") return json.is_number();
  if (type == "string") return json.is_string();
  if (type == "object") return json.is_object();
  if (type == "array") return json.is_array();
  if (type == "boolean") return json.is_boolean();
  if (type == "null") return json.is_null();
  throw std::logic_error("a schema has a type that is not checked: " + type);
}

std::vector<std::string> names(const Json& one_or_more) {
  return one_or_more.is_string() ? std::vector<std::string>{one_or_more.get<std::string>()}
                                 : one_or_more.get<std::vector<std::string>>();
}

// A value and its place in the whole, both of a schema and of the JSON that it is for.
struct Checked {
  const Json& json;
  const Json& schema;
  const std::string& place;

  Violation wrong(const std::string& text) const {
    return fmt::format("{} {}", place.empty() ? "the record" : printable(place), text);
  }
};

class Validator {
 public:
  explicit Validator(const Json& root) : root_(root) {}

  Violation check(const Json& json, const Json& schema, const std::string& place) const {
    if (schema.is_boolean()) {
      if (schema.get<bool>()) return {};
      return Checked{json, schema, place}.wrong("is not a member that the schema has");
    }
    for (const auto& [keyword, rule] : schema.items()) {
      const auto found = rules().find(keyword);
      if (found == rules().end()) throw std::logic_error("a schema has a keyword that is not checked: " + keyword);
      if (found->second == nullptr) continue;
      if (auto violation = (this->*found->second)({json, schema, place}, rule)) return violation;
    }
    return {};
  }

 private:
  using Rule = Violation (Validator::*)(const Checked& at, const Json& rule) const;

  static const std::map<std::string, Rule>& rules() {
    static const std::map<std::string, Rule> all{{"$schema", nullptr},
                                                 {"title", nullptr},
                                                 {"description", nullptr},
                                                 {"$defs", nullptr},
                                                 {"then", nullptr},  // these two: with "if"
                                                 {"else", nullptr},
                                                 {"if", &Validator::branch},
                                                 {"allOf", &Validator::all_of},
                                                 {"$ref", &Validator::reference},
                                                 {"type", &Validator::type},
                                                 {"enum", &Validator::one_of},
                                                 {"const", &Validator::constant},
                                                 {"pattern", &Validator::pattern},
                                                 {"minLength", &Validator::min_length},
                                                 {"minimum", &Validator::minimum},
                                                 {"maximum", &Validator::maximum},
                                                 {"items", &Validator::items},
                                                 {"required", &Validator::required},
                                                 {"properties", &Validator::properties},
                                                 {"additionalProperties", &Validator::other_properties},
                                                 {"maxProperties", &Validator::max_properties}};
    return all;
  }

  Violation branch(const Checked& at, const Json& rule) const {
    const auto chosen = at.schema.find(check(at.json, rule, at.place) ? "else" : "then");
    return chosen == at.schema.end() ? Violation() : check(at.json, *chosen, at.place);
  }
  Violation all_of(const Checked& at, const Json& rule) const {
    for (const auto& part : rule) {
      if (auto violation = check(at.json, part, at.place)) return violation;
    }
    return {};
  }
  Violation reference(const Checked& at, const Json& rule) const {
    return check(at.json, root_.at(Json::json_pointer(rule.get<std::string>().substr(1))), at.place);
  }
  Violation type(const Checked& at, const Json& rule) const {
    const auto types = names(rule);
    if (std::ranges::any_of(types, [&](const auto& one) { return is_of_type(at.json, one); })) return {};
    return at.wrong(fmt::format("is of type {}, not {}", at.json.type_name(), join(types, " or ")));
  }
  Violation one_of(const Checked& at, const Json& rule) const {
    if (std::ranges::find(rule, at.json) != rule.end()) return {};
    return at.wrong(fmt::format("is none of {}", to_line(rule)));
  }
  Violation constant(const Checked& at, const Json& rule) const {
    if (at.json == rule) return {};
    return at.wrong(fmt::format("is not {}", to_line(rule)));
  }
  Violation pattern(const Checked& at, const Json& rule) const {
    if (!at.json.is_string()) return {};
    const std::string text = at.json.get<std::string>();
    constexpr std::size_t kLongest = 200;  // std::regex needs stack for each character
    if (text.size() <= kLongest && std::regex_search(text, std::regex(rule.get<std::string>()))) return {};
    return at.wrong(fmt::format("does not match {}", rule.get<std::string>()));
  }
  Violation min_length(const Checked& at, const Json& rule) const {
    if (!at.json.is_string() || at.json.get<std::string>().size() >= rule.get<std::size_t>()) return {};
    return at.wrong("is too short");
  }
  Violation minimum(const Checked& at, const Json& rule) const {
    if (!at.json.is_number() || at.json.get<double>() >= rule.get<double>()) return {};
    return at.wrong("is below " + to_line(rule));
  }
  Violation maximum(const Checked& at, const Json& rule) const {
    if (!at.json.is_number() || at.json.get<double>() <= rule.get<double>()) return {};
    return at.wrong("is above " + to_line(rule));
  }
  Violation items(const Checked& at, const Json& rule) const {
    if (!at.json.is_array()) return {};
    for (std::size_t i = 0; i < at.json.size(); ++i) {
      if (auto violation = check(at.json[i], rule, fmt::format("{}[{}]", at.place, i))) return violation;
    }
    return {};
  }
  Violation required(const Checked& at, const Json& rule) const {
    if (!at.json.is_object()) return {};
    for (const auto& key : rule) {
      if (!at.json.contains(key.get<std::string>())) return at.wrong("has no " + key.get<std::string>());
    }
    return {};
  }
  Violation properties(const Checked& at, const Json& rule) const {
    if (!at.json.is_object()) return {};
    for (const auto& [key, schema] : rule.items()) {
      const auto member = at.json.find(key);
      if (member == at.json.end()) continue;
      if (auto violation = check(*member, schema, below(at.place, key))) return violation;
    }
    return {};
  }
  Violation other_properties(const Checked& at, const Json& rule) const {
    if (!at.json.is_object()) return {};
    const Json named = at.schema.value("properties", Json::object());
    for (const auto& [key, member] : at.json.items()) {
      if (named.contains(key)) continue;
      if (auto violation = check(member, rule, below(at.place, key))) return violation;
    }
    return {};
  }
  Violation max_properties(const Checked& at, const Json& rule) const {
    if (!at.json.is_object() || at.json.size() <= rule.get<std::size_t>()) return {};
    return at.wrong(fmt::format("has more than {} members", to_line(rule)));
  }

  static std::string below(const std::string& place, const std::string& key) {
    return place.empty() ? key : place + "." + key;
  }

  const Json& root_;
};

}  // namespace

const Json& record_schema() {
  static const Json schema = Json::parse(kRecordSchema);
  return schema;
}

Violation violation(const Json& json, const Json& schema) { return Validator(schema).check(json, schema, ""); }

}  // namespace bnexp::store
