#include "config/settings/identity.h"

#include <functional>
#include <map>
#include <utility>

#include "config/document/node.h"
#include "config/settings/catalog.h"
#include "config/settings/describe.h"

namespace bnexp::config {
namespace {

const std::vector<Parameter>& of_trial() {
  static const std::vector<Parameter> parameters = trial_parameters();
  return parameters;
}

// The parameters of one of the catalog's variants; none for a variant that this program does not have. Cached, because
// ids are computed for every trial of a plan and every record of a store; the catalog is complete before the first.
const std::vector<Parameter>& of_variant(const std::string& kind, const std::string& name) {
  static const auto all = [] {
    std::map<std::pair<std::string, std::string>, std::vector<Parameter>> result;
    for (const auto& each : Catalog::instance().kinds()) {
      for (const auto& variant : Catalog::instance().names(each)) result[{each, variant}] = parameters(each, variant);
    }
    return result;
  }();
  static const std::vector<Parameter> none;
  const auto found = all.find({kind, name});
  return found == all.end() ? none : found->second;
}

// The object that holds a dotted key, and the key's last segment; nullptr when there is none.
std::pair<Json*, std::string> holder(Json& settings, const std::string& dotted) {
  const std::size_t dot = dotted.rfind('.');
  const std::string last = dotted.substr(dot + 1);
  const Json* map = dot == std::string::npos ? &settings : find_path(settings, dotted.substr(0, dot));
  const bool has_it = map != nullptr && map->is_object() && map->contains(last);
  return {has_it ? const_cast<Json*>(map) : nullptr, last};
}

bool is_variant(const Json& value) {
  return value.is_object() && value.contains("name") && value.at("name").is_string();
}

// Calls `visit` with each variant in `value`, which is a variant or nested lists of variants.
void for_each_variant(Json& value, const std::function<void(Json&)>& visit) {
  if (is_variant(value)) visit(value);
  if (!value.is_array()) return;
  for (auto& item : value) for_each_variant(item, visit);
}

void collect(Json& settings, const std::vector<Parameter>& parameters, Json& numbers) {
  for (const auto& parameter : parameters) {
    const std::string kind = parameter.type->kind();
    const auto [map, key] = holder(settings, parameter.key);
    if (kind.empty() || map == nullptr) continue;
    for_each_variant((*map)[key], [&](Json& variant) {
      const std::string name = variant.at("name");
      const Entry* entry = Catalog::instance().find(kind, name);
      if (entry == nullptr) return;
      if (entry->about.semantics != 0) numbers[kind + "/" + name] = entry->about.semantics;
      collect(variant, of_variant(kind, name), numbers);
    });
  }
}

}  // namespace

Json identity(Json settings, const std::vector<Parameter>& parameters) {
  for (const auto& parameter : parameters) {
    const std::string kind = parameter.type->kind();
    const auto [map, key] = holder(settings, parameter.key);
    if (map == nullptr) continue;
    Json& value = (*map)[key];
    if (!kind.empty()) {
      for_each_variant(value, [&](Json& variant) {
        const auto& inner = of_variant(kind, variant.at("name").get<std::string>());
        variant = identity(std::move(variant), inner);
      });
    }
    if (!parameter.introduced || value != *parameter.introduced) continue;
    map->erase(key);
    // A group whose settings were all added later leaves nothing.
    const std::size_t dot = parameter.key.rfind('.');
    if (map->empty() && dot != std::string::npos) {
      const auto [parent, group] = holder(settings, parameter.key.substr(0, dot));
      parent->erase(group);
    }
  }
  return settings;
}

Json identity(const Json& settings) { return identity(settings, of_trial()); }

Json semantics(const Json& settings, const std::vector<Parameter>& parameters) {
  Json numbers = Json::object();
  Json read = settings;
  collect(read, parameters, numbers);
  return numbers;
}

Json semantics(const Json& settings) { return semantics(settings, of_trial()); }

}  // namespace bnexp::config
