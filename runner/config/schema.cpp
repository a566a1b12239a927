#include <fmt/format.h>

#include <cmath>
#include <map>
#include <string_view>
#include <utility>

#include "config/bench.h"
#include "config/catalog.h"
#include "config/describe.h"
#include "config/head.h"

namespace bnexp::config {
namespace {

Json reference(const std::string& kind) { return {{"$ref", "#/$defs/" + kind}}; }

void add_range(Json& schema, const Range& range) {
  if (std::isfinite(range.low)) schema[range.low_open ? "exclusiveMinimum" : "minimum"] = range.low;
  if (std::isfinite(range.high)) schema[range.high_open ? "exclusiveMaximum" : "maximum"] = range.high;
}

Json scalar_schema(const Parameter& parameter, const std::string& type) {
  if (type == "boolean") return {{"type", "boolean"}};
  if (type == "text") return {{"type", "string"}};
  if (type == "choice") return {{"enum", parameter.choices}};
  if (type != "integer" && type != "real") return reference(parameter.kind);
  const char* name = type == "integer" ? "integer" : "number";
  Json schema;
  schema["type"] = parameter.nullable ? Json::array({name, "null"}) : Json(name);
  add_range(schema, parameter.range);
  return schema;
}

// What a value may be, without its description.
Json bare_schema(const Parameter& parameter) {
  constexpr std::string_view kList = "list of ";
  if (!parameter.is_list()) return scalar_schema(parameter, parameter.type);
  return {{"type", "array"}, {"items", scalar_schema(parameter, parameter.type.substr(kList.size()))}};
}

Json schema_of(const Parameter& parameter) {
  Json schema = bare_schema(parameter);
  schema["description"] = parameter.doc;
  schema["default"] = parameter.default_value;
  return schema;
}

Json object(Json properties) {
  return {{"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
}

Json any_of(std::vector<Json> schemas) {
  if (schemas.size() == 1) return std::move(schemas.front());
  return {{"anyOf", std::move(schemas)}};
}

void add_distinct(std::vector<Json>& schemas, Json schema) {
  for (const auto& known : schemas) {
    if (known == schema) return;
  }
  schemas.push_back(std::move(schema));
}

// A variant as its bare name, as a map with its name, or as a map without: parameters for the name below or by default.
Json variant_schema(const std::string& kind) {
  const auto& catalog = Catalog::instance();
  const auto names = catalog.names(kind);
  Json forms = Json::array({{{"enum", names}, {"title", fmt::format("{} by its name", kind)}}});
  std::map<std::string, std::vector<Json>> shared;
  for (const auto& name : names) {
    const About& about = catalog.find(kind, name)->about;
    Json properties = {{"name", {{"const", name}, {"description", about.summary}}}};
    for (const auto& parameter : parameters(kind, name)) {
      properties[parameter.key] = schema_of(parameter);
      add_distinct(shared[parameter.key], bare_schema(parameter));
    }
    Json form = object(std::move(properties));
    form["required"] = {"name"};
    form["title"] = name;
    form["description"] = about.formula.empty() ? about.summary : about.summary + "\n" + about.formula;
    forms.push_back(std::move(form));
  }
  Json parameters_alone = Json::object();
  for (auto& [key, schemas] : shared) parameters_alone[key] = any_of(std::move(schemas));
  Json form = object(std::move(parameters_alone));
  form["title"] = "parameters alone";
  forms.push_back(std::move(form));
  return {{"oneOf", std::move(forms)}};
}

// A member of a list of variants always has its name.
Json listed_variant_schema(const std::string& kind) {
  Json schema = variant_schema(kind);
  schema["oneOf"].erase(schema["oneOf"].size() - 1);
  return schema;
}

Json group_schema(const std::string& group) {
  Json properties = Json::object();
  for (const auto& parameter : trial_parameters()) {
    if (parameter.key.starts_with(group + "."))
      properties[parameter.key.substr(group.size() + 1)] = schema_of(parameter);
  }
  return object(std::move(properties));
}

// What one value of a dotted key may be.
Json setting_schema(const Setting& setting) {
  if (setting.parameter.type == "group") return reference(setting.key);
  if (setting.owners.empty()) return bare_schema(setting.parameter);
  std::vector<Json> schemas;
  const std::size_t dot = setting.key.rfind(setting.parameter.key) - 1;
  for (const auto& parameter : trial_parameters()) {
    if (parameter.key != setting.key.substr(0, dot)) continue;
    for (const auto& name : setting.owners) {
      for (const auto& own : parameters(parameter.kind, name)) {
        if (own.key == setting.parameter.key) add_distinct(schemas, bare_schema(own));
      }
    }
  }
  return any_of(std::move(schemas));
}

Json list_of(Json items) { return {{"type", "array"}, {"items", std::move(items)}, {"minItems", 1}}; }

// grid and zip: lists of values by dotted key; exclude: a value or several.
std::pair<Json, Json> axes_and_rule() {
  Json axes = Json::object();
  Json rule = Json::object();
  const auto variants = variant_defaults();
  const auto add = [&](const std::string& key, const Json& value, const std::string& doc) {
    axes[key] = list_of(value);
    axes[key]["type"] = {"array", "null"};
    axes[key]["description"] = doc;
    rule[key] = {{"anyOf", {value, list_of(value)}}};
  };
  for (const auto& setting : settings()) {
    add(setting.key, setting_schema(setting), setting.parameter.doc);
    if (variants.count(setting.key) > 0) {
      add(setting.key + ".name", {{"enum", Catalog::instance().names(setting.parameter.kind)}}, setting.parameter.doc);
    }
  }
  Json rules = object(std::move(rule));
  rules["minProperties"] = 1;
  return {object(std::move(axes)), std::move(rules)};
}

Json seeds_schema() {
  const Json seed = {{"type", "integer"}, {"minimum", 0}};
  Json list = list_of(seed);
  list["uniqueItems"] = true;
  return {{"description", kSeedsDoc}, {"default", 1}, {"oneOf", {{{"type", "integer"}, {"minimum", 1}}, list}}};
}

Json sweep_schema() {
  const auto described = [](const char* definition, const char* doc) {
    return Json{{"description", doc}, {"oneOf", {reference(definition), {{"type", "null"}}}}};
  };
  Json schema =
      object({{"grid", described("axes", kGridDoc)},
              {"zip", described("axes", kZipDoc)},
              {"exclude", {{"description", kExcludeDoc}, {"type", {"array", "null"}}, {"items", reference("rule")}}}});
  schema["type"] = {"object", "null"};
  schema["description"] = kSweepDoc;
  return schema;
}

// Norms and shapes by hand, the others as their fields describe them.
Json bench_schema() {
  Json properties = Json::object();
  for (const auto& parameter : bench_parameters()) {
    if (parameter.key != "norms" && parameter.key != "shapes") properties[parameter.key] = schema_of(parameter);
  }
  Json shape = list_of({{"type", "integer"}, {"minimum", 1}});
  shape["minItems"] = 2;
  shape["maxItems"] = 4;
  properties["shapes"] = list_of(shape);
  properties["shapes"]["description"] = kBenchShapesDoc;
  properties["norms"] = list_of(listed_variant_schema("norm"));
  properties["norms"]["description"] = kBenchNormsDoc;
  Json schema = object(std::move(properties));
  schema["description"] = kBenchDoc;
  return schema;
}

}  // namespace

Json suite_schema() {
  Json definitions = Json::object();
  Json properties = Json::object();
  for (const auto& parameter : trial_parameters()) {
    if (!parameter.kind.empty() && !parameter.is_list()) definitions[parameter.kind] = variant_schema(parameter.kind);
    if (!parameter.kind.empty() && parameter.is_list())
      definitions[parameter.kind] = listed_variant_schema(parameter.kind);
    if (parameter.key == "seed") continue;
    const std::size_t dot = parameter.key.find('.');
    if (dot == std::string::npos) {
      properties[parameter.key] = schema_of(parameter);
    } else {
      const std::string group = parameter.key.substr(0, dot);
      definitions[group] = group_schema(group);
      properties[group] = reference(group);
    }
  }
  auto [axes, rule] = axes_and_rule();
  definitions["axes"] = std::move(axes);
  definitions["rule"] = std::move(rule);
  for (const auto& parameter : suite_parameters()) {
    properties[parameter.key] = {{"type", "string"}, {"description", parameter.doc}};
  }
  properties["suite"]["pattern"] = "^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$";
  properties["seeds"] = seeds_schema();
  properties["sweep"] = sweep_schema();
  properties["bench"] = bench_schema();
  Json schema = object(std::move(properties));
  schema["$schema"] = "https://json-schema.org/draft/2020-12/schema";
  schema["title"] = "bnexp suite";
  schema["description"] = "One question about normalization: settings, what varies between arms, and seeds.";
  schema["dependentSchemas"] = {{"bench", {{"propertyNames", {{"enum", {"suite", "question", "base", "bench"}}}}}}};
  schema["$defs"] = std::move(definitions);
  return schema;
}

}  // namespace bnexp::config
