#include "config/manual/schema.h"

#include <fmt/format.h>

#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "config/settings/catalog.h"
#include "config/settings/describe.h"
#include "config/suite/bench.h"
#include "config/suite/head.h"

namespace bnexp::config {
namespace {

Json reference(const std::string& definition) { return {{"$ref", "#/$defs/" + definition}}; }

Json schema_of(const Parameter& parameter) {
  Json schema = parameter.type->schema();
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

// A variant: its bare name, a map with its name, or a map without it (parameters of the inherited or default name).
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
      add_distinct(shared[parameter.key], parameter.type->schema());
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

// What one value of a dotted key may be.
Json setting_schema(const Setting& setting) {
  if (setting.parameter.type == nullptr) return reference(setting.key);
  if (setting.owners.empty()) return setting.parameter.type->schema();
  std::vector<Json> schemas;
  const std::size_t dot = setting.key.rfind(setting.parameter.key) - 1;
  for (const auto& parameter : trial_parameters()) {
    if (parameter.key != setting.key.substr(0, dot)) continue;
    for (const auto& name : setting.owners) {
      for (const auto& own : parameters(parameter.type->kind(), name)) {
        if (own.key == setting.parameter.key) add_distinct(schemas, own.type->schema());
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
    if (variants.contains(setting.key)) {
      add(setting.key + ".name", {{"enum", Catalog::instance().names(setting.parameter.type->kind())}},
          setting.parameter.doc);
    }
  }
  Json rules = object(std::move(rule));
  rules["minProperties"] = 1;
  return {object(std::move(axes)), std::move(rules)};
}

// Adds `parameters` to `properties`, groups as separate definitions, and the variants that they name to `definitions`.
void add(const std::vector<Parameter>& parameters, Json& properties, Json& definitions) {
  for (const auto& parameter : parameters) {
    const std::string kind = parameter.type->kind();
    if (!kind.empty() && parameter.type->is_list()) definitions["listed_" + kind] = listed_variant_schema(kind);
    if (!kind.empty() && !parameter.type->is_list()) definitions[kind] = variant_schema(kind);
    const std::size_t dot = parameter.key.find('.');
    const std::string group = parameter.key.substr(0, dot);
    if (dot == std::string::npos) {
      properties[group] = schema_of(parameter);
    } else {
      if (!definitions.contains(group)) definitions[group] = object(Json::object());
      definitions[group]["properties"][parameter.key.substr(dot + 1)] = schema_of(parameter);
      properties[group] = reference(group);
    }
  }
}

}  // namespace

Json suite_schema() {
  Json definitions = Json::object();
  Json properties = Json::object();
  Json bench = Json::object();
  add(trial_parameters(), properties, definitions);
  properties.erase("seed");
  add(described(SuiteHead{}), properties, definitions);
  add(described(BenchSpec{}), bench, definitions);
  properties["bench"] = object(std::move(bench));
  properties["bench"]["description"] = kBenchDoc;
  std::tie(definitions["axes"], definitions["rule"]) = axes_and_rule();
  Json schema = object(std::move(properties));
  schema["$schema"] = "https://json-schema.org/draft/2020-12/schema";
  schema["title"] = "bnexp suite";
  schema["description"] = "One question about normalization: settings, what varies between arms, and seeds.";
  schema["dependentSchemas"] = {{"bench", {{"propertyNames", {{"enum", {"suite", "question", "base", "bench"}}}}}}};
  schema["$defs"] = std::move(definitions);
  return schema;
}

}  // namespace bnexp::config
