#include "analysis/matching.h"

#include <array>
#include <functional>
#include <map>
#include <set>

#include "config/settings/identity.h"

namespace bnexp::analysis {
namespace {

const store::Record* any_record_of(const Arm& arm) {
  for (const auto& trial : arm.trials) {
    if (trial.record) return trial.record;
  }
  return nullptr;
}

// Without the seed; null if unknown.
Json arm_settings(const Arm& arm) {
  Json settings = arm.settings;
  if (const store::Record* record = any_record_of(arm); record && !settings.is_object()) settings = record->settings;
  if (!settings.is_object()) return nullptr;
  settings.erase("seed");
  return settings;
}

std::string settings_key(const Arm& arm) {
  const Json settings = arm_settings(arm);
  return settings.is_null() ? "" : to_line(config::identity(settings));
}

std::string settings_and_data_key(const Arm& arm) {
  const store::Record* record = any_record_of(arm);
  return record ? settings_key(arm) + to_line(record->result.data.value("sha256", Json())) : "";
}

// What arms are matched by, the strictest first; an empty key matches nothing.
const std::array<std::function<std::string(const Arm&)>, 4> kMatchKeys{
    settings_and_data_key, settings_key, [](const Arm& arm) { return to_line(arm.values); },
    [](const Arm& arm) { return arm.label; }};

// One place in the settings of both arms; null where an arm lacks it. `id` is in the form that decides a trial's id, in
// which settings may be left out that `raw` has.
struct SettingPlace {
  const Json* id_a = nullptr;
  const Json* id_b = nullptr;
  const Json* raw_a = nullptr;
  const Json* raw_b = nullptr;

  SettingPlace member(const std::string& key) const {
    const auto of = [&](const Json* json) -> const Json* {
      return json && json->is_object() && json->contains(key) ? &json->at(key) : nullptr;
    };
    return {of(id_a), of(id_b), of(raw_a), of(raw_b)};
  }
  bool is_equal() const { return id_a && id_b ? *id_a == *id_b : id_a == id_b; }
  // Its members are compared one by one. Two variants of other names are one difference.
  bool is_group() const {
    const auto fits = [](const Json* json) { return json == nullptr || json->is_object(); };
    if (!fits(raw_a) || !fits(raw_b) || (raw_a == nullptr && raw_b == nullptr)) return false;
    return raw_a == nullptr || raw_b == nullptr || raw_a->value("name", Json()) == raw_b->value("name", Json());
  }
  std::set<std::string> members() const {
    std::set<std::string> keys;
    for (const Json* json : {id_a, id_b}) {
      if (!json || !json->is_object()) continue;
      for (const auto& [key, value] : json->items()) keys.insert(key);
    }
    return keys;
  }
};

// Only the name of a variant: the defaults of its parameters are no news.
std::optional<Json> setting_value(const Json* json) {
  if (!json) return std::nullopt;
  return json->is_object() && json->contains("name") ? json->at("name") : *json;
}

void add_setting_changes(const SettingPlace& place, const std::string& key, std::vector<SettingChange>& changes) {
  if (place.is_equal()) return;
  if (!place.is_group()) {
    changes.push_back({key, setting_value(place.raw_a), setting_value(place.raw_b)});
    return;
  }
  for (const auto& name : place.members())
    add_setting_changes(place.member(name), key.empty() ? name : key + "." + name, changes);
}

std::vector<SettingChange> setting_changes(const Arm& a, const Arm& b) {
  std::vector<SettingChange> changes;
  const Json raw_a = arm_settings(a), raw_b = arm_settings(b);
  if (!raw_a.is_null() && !raw_b.is_null()) {
    const Json id_a = config::identity(raw_a), id_b = config::identity(raw_b);
    add_setting_changes({&id_a, &id_b, &raw_a, &raw_b}, "", changes);
  }
  const store::Record *one = any_record_of(a), *other = any_record_of(b);
  if (one && other) {
    const Json &numbers_a = one->semantics, &numbers_b = other->semantics;
    add_setting_changes({&numbers_a, &numbers_b, &numbers_a, &numbers_b}, "semantics", changes);
  }
  return changes;
}

}  // namespace

Matching match_arms(const Results& a, const Results& b) {
  std::vector<const Arm*> partners(a.arms.size());
  std::set<const Arm*> taken;
  for (const auto& key_of : kMatchKeys) {
    std::map<std::string, const Arm*> free;
    for (const auto& arm : b.arms) {
      if (!taken.contains(&arm)) free.emplace(key_of(arm), &arm);
    }
    for (std::size_t i = 0; i < a.arms.size(); ++i) {
      if (partners[i]) continue;
      const std::string key = key_of(a.arms[i]);
      const auto found = key.empty() ? free.end() : free.find(key);
      if (found == free.end()) continue;
      partners[i] = found->second;
      taken.insert(found->second);
      free.erase(found);
    }
  }
  Matching matching;
  for (std::size_t i = 0; i < a.arms.size(); ++i) {
    const Arm& arm = a.arms[i];
    if (partners[i]) {
      matching.pairs.push_back({&arm, partners[i], setting_changes(arm, *partners[i])});
    } else {
      matching.only_a.push_back(&arm);
    }
  }
  for (const auto& arm : b.arms) {
    if (!taken.contains(&arm)) matching.only_b.push_back(&arm);
  }
  return matching;
}

}  // namespace bnexp::analysis
