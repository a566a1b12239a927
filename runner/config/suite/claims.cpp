#include "config/suite/claims.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <set>

#include "base/text.h"
#include "config/document/scalar.h"
#include "config/settings/catalog.h"
#include "config/settings/describe.h"
#include "config/settings/hints.h"
#include "config/settings/reader.h"
#include "config/suite/metric.h"
#include "config/suite/selection.h"

namespace bnexp::config {
namespace {

constexpr const char* kKind = "claim";

bool is_id(const std::string& text) {
  return !text.empty() && text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
}

class Claims final : public Type {
 public:
  std::optional<Json> read(const Node& node, const Place& place) const override {
    if (!node.is_list()) {
      place.refuse_type(node, words(), "");
      return std::nullopt;
    }
    Json claims = Json::array();
    std::set<std::string> ids;
    for (const Node& item : node.items) {
      auto claim = read_claim(item, place);
      if (!claim) continue;
      const std::string id = claim->at("id");
      if (!ids.insert(id).second) {
        place.refuse(*item.find("id"), fmt::format("two claims have the id '{}'", shown(id)), "give each its own");
        continue;
      }
      claims.push_back(std::move(*claim));
    }
    if (claims.size() < node.items.size()) return std::nullopt;
    return claims;
  }
  std::string name() const override { return "list of claims"; }
  std::string words() const override { return "a list of claims, each a map with id, says and kind"; }
  std::string plural() const override { return "lists of claims"; }
  Json schema() const override {
    Json forms = Json::array();
    for (const auto& name : Catalog::instance().names(kKind)) {
      Json properties = {{"kind", {{"const", name}}}};
      for (const auto& parameter : parameters(kKind, name)) {
        properties[parameter.key] = parameter.type->schema();
        properties[parameter.key]["description"] = parameter.doc;
      }
      forms.push_back({{"type", "object"},
                       {"title", name},
                       {"description", Catalog::instance().find(kKind, name)->about.summary},
                       {"properties", std::move(properties)},
                       {"required", {"id", "says", "kind"}},
                       {"additionalProperties", false}});
    }
    return {{"type", "array"}, {"items", {{"oneOf", std::move(forms)}}}};
  }

 private:
  static std::optional<Json> read_claim(const Node& node, const Place& place) {
    if (!node.is_map()) {
      place.refuse(node, fmt::format("{} must be a map with id, says and kind, found {}", "a claim", describe(node)));
      return std::nullopt;
    }
    const Node* kind = node.find("kind");
    const auto names = Catalog::instance().names(kKind);
    if (kind == nullptr || !kind->is_scalar()) {
      place.refuse(kind == nullptr ? node : *kind, "a claim needs a kind", fmt::format("kinds: {}", join(names, ", ")));
      return std::nullopt;
    }
    const Entry* entry = Catalog::instance().find(kKind, kind->scalar);
    if (entry == nullptr) {
      place.refuse(*kind, fmt::format("unknown kind of claim '{}'", shown(kind->scalar)),
                   choice_hint(kind->scalar, names));
      return std::nullopt;
    }
    const std::size_t problems = place.problems.size();
    NodeReader reader(node, {"claims", place.problems}, kKind, kind->scalar, "kind");
    Json claim = entry->read(reader);
    reader.refuse_unknown();
    if (place.problems.size() > problems) return std::nullopt;
    claim["kind"] = kind->scalar;
    return claim;
  }
};

// Reports a metric of a probe that no arm has.
void check_metric(const Node& node, const std::string& metric, const std::vector<Json>& arms,
                  std::vector<Problem>& problems) {
  const auto path = probe_path(metric);
  if (!path) return;
  const auto& probe = std::get<std::string>(path->front());
  const auto has_it = [&](const Json& settings) {
    return std::ranges::any_of(settings.at("probes"), [&](const Json& own) { return own.at("name") == probe; });
  };
  if (std::ranges::any_of(arms, has_it)) return;
  problems.push_back({node.mark, fmt::format("no arm has the probe '{}'", probe), "add it to probes"});
}

// Reports a key that does not distinguish the arms.
void check_swept(const Node& node, const std::string& key, const std::vector<Json>& arms,
                 std::vector<Problem>& problems) {
  std::set<Json> values;
  for (const auto& settings : arms) {
    if (const Json* value = find_path(settings, key)) values.insert(*value);
  }
  if (values.size() > 1) return;
  problems.push_back({node.mark,
                      values.empty() ? fmt::format("no arm has a setting '{}'", shown(key))
                                     : fmt::format("{} has the same value in every arm", shown(key)),
                      "name a key of the sweep, dotted: train.optimizer.lr"});
}

}  // namespace

void ClaimText::fields(Fields& f) {
  f.text("id", id, "a short name, unique in the suite: lower-case letters, digits and '-'");
  f.text("says", says, "the claim as one sentence");
  f.text("source", source, "where the claim was made: paper and section, slide");
  f.check(is_id(id), "id", id.empty() ? "a claim needs an id" : fmt::format("'{}' cannot be an id", shown(id)),
          "lower-case letters, digits and '-', for example bn-wider-lr");
  f.check(!says.empty(), "says", "a claim needs its sentence (says)");
}

namespace type {
TypePtr claims() { return std::make_shared<Claims>(); }
}  // namespace type

void check_selection(const Node& node, const Json& selection, const std::vector<Json>& arms,
                     std::vector<Problem>& problems) {
  const auto matched = [&](const Json& part) {
    return std::ranges::any_of(arms, [&](const Json& settings) { return selects(part, settings); });
  };
  if (matched(selection)) return;
  bool explained = false;
  for (const auto& entry : node.entries) {
    const bool known = std::ranges::any_of(arms, [&](const Json& one) { return find_path(one, entry.key) != nullptr; });
    if (known && matched({{entry.key, selection.at(entry.key)}})) continue;
    explained = true;
    problems.push_back({entry.value.mark,
                        known ? fmt::format("no arm has {} {}", entry.key, shown(value_text(to_json(entry.value))))
                              : fmt::format("no arm has a setting '{}'", shown(entry.key)),
                        known ? "" : "keys are dotted, as in sweep: train.optimizer.lr"});
  }
  if (!explained) problems.push_back({node.mark, "no arm has all of these settings", ""});
}

void check_claims(const Node& node, const Json& claims, const std::vector<Json>& arms, std::vector<Problem>& problems) {
  for (std::size_t i = 0; i < claims.size(); ++i) {
    for (const auto& parameter : parameters(kKind, claims[i].at("kind").get<std::string>())) {
      const Node* own = node.items[i].find(parameter.key);
      if (own == nullptr || own->is_null()) continue;
      const Json& value = claims[i].at(parameter.key);
      const std::string type = parameter.type->name();
      if (type == "arms") check_selection(*own, value, arms, problems);
      if (type == "metric") check_metric(*own, value.get<std::string>(), arms, problems);
      if (type == "swept key") check_swept(*own, value.get<std::string>(), arms, problems);
      if (type != "list of arms") continue;
      for (std::size_t j = 0; j < value.size(); ++j) check_selection(own->items[j], value[j], arms, problems);
    }
  }
}

}  // namespace bnexp::config
