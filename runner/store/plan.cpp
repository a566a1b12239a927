#include "store/plan.h"

#include <fmt/format.h>

#include <utility>

#include "base/error.h"
#include "base/json_problem.h"
#include "store/shape.h"
#include "store/upgrade.h"

namespace bnexp::store {
namespace {

Thresholds thresholds_from(const Json& json) { return {.chance = json.at("chance"), .trains = json.at("trains")}; }

// A group of keys, absent before they existed.
template <class Group>
Group group_from(const Json& json, const char* key) {
  try {
    return config::from_json<Group>(json.value(key, Json::object()));
  } catch (const Error& error) {
    throw Damaged(fmt::format("{}: {}", key, error.what()));
  }
}

// Absent before claims existed.
Json claims_from(const Json& json) {
  const auto claims = json.find("claims");
  if (claims == json.end()) return Json::array();
  if (!claims->is_array()) throw Damaged("claims is not a list");
  for (const auto& claim : *claims) {
    for (const char* key : {"id", "says", "kind"}) static_cast<void>(claim.at(key).get<std::string>());
  }
  return *claims;
}

std::optional<Looks> looks_from(const Json& json) {
  const auto looks = json.find("looks");
  if (looks == json.end() || looks->is_null()) return std::nullopt;
  for (const char* number : {"first", "most"}) {
    if (!looks->at(number).is_number_unsigned())
      throw Damaged(fmt::format("looks.{} is not a number of seeds", number));
  }
  return Looks{.first = looks->at("first"), .most = looks->at("most")};
}

}  // namespace

Json to_json(const Manifest& manifest) {
  Json arms = Json::array();
  for (const auto& arm : manifest.arms) {
    arms.push_back(
        {{"label", arm.label}, {"values", arm.values}, {"settings", arm.settings}, {"data", arm.data_sha256}});
  }
  Json trials = Json::array();
  for (const auto& trial : manifest.trials) {
    trials.push_back({{"trial", trial.trial}, {"arm", trial.arm}, {"seed", trial.seed}});
  }
  return {{"schema_version", kPlanVersion},
          {"name", manifest.name},
          {"question", manifest.question},
          {"file", manifest.file},
          {"folder", manifest.folder},
          {"data_folder", manifest.data_folder},
          {"swept", manifest.swept},
          {"zipped", manifest.zipped},
          {"overrides", manifest.overrides},
          {"weights", manifest.weights},
          {"thresholds", {{"chance", manifest.thresholds.chance}, {"trains", manifest.thresholds.trains}}},
          {"limits", config::to_json(manifest.limits)},
          {"compare", config::to_json(manifest.compare)},
          {"claims", manifest.claims},
          {"looks", manifest.looks ? Json{{"first", manifest.looks->first}, {"most", manifest.looks->most}} : Json()},
          {"arms", std::move(arms)},
          {"trials", std::move(trials)}};
}

Manifest manifest_from_json(Json json, const std::string& where) {
  try {
    json = upgrade_plan(std::move(json), where);
    for (const char* list : {"arms", "trials"}) {
      if (!json.at(list).is_array()) throw Damaged(fmt::format("{} is not a list", list));
    }
    Manifest manifest{.name = json.at("name"),
                      .question = json.at("question"),
                      .file = json.at("file"),
                      .folder = json.at("folder"),
                      .data_folder = json.value("data_folder", ""),
                      .overrides = json.at("overrides"),
                      .swept = json.at("swept"),
                      .zipped = json.value("zipped", std::vector<std::string>()),
                      .weights = json.at("weights"),
                      .thresholds = thresholds_from(json.at("thresholds")),
                      .limits = group_from<config::Limits>(json, "limits"),
                      .compare = group_from<config::CompareSpec>(json, "compare"),
                      .claims = claims_from(json),
                      .looks = looks_from(json),
                      .arms = {},
                      .trials = {}};
    for (auto& arm : json.at("arms")) {
      if (!arm.at("values").is_object()) throw Damaged("it has an arm without values");
      const Json& settings = arm.at("settings");
      if (!settings.is_null())
        require_trial_settings(settings, fmt::format("arms[{}].settings.", manifest.arms.size()));
      if (!arm.at("data").is_null())
        require(arm, fmt::format("arms[{}].", manifest.arms.size()), {{"data", Json::value_t::string}});
      manifest.arms.push_back({arm.at("label"), arm.at("values"), arm.at("settings"), arm.at("data")});
    }
    for (const auto& trial : json.at("trials")) {
      if (!trial.at("arm").is_number_unsigned()) throw Damaged("it has a trial without an arm");
      if (!trial.at("seed").is_number_integer()) throw Damaged("it has a trial without a seed");
      if (!is_trial_id(trial.at("trial").get<std::string>()))
        throw Damaged("it has a trial id that is not 16 hexadecimal digits");
      manifest.trials.push_back({trial.at("trial"), trial.at("arm"), trial.at("seed")});
      if (manifest.trials.back().arm >= manifest.arms.size()) throw Damaged("it has a trial of an arm that it lacks");
    }
    return manifest;
  } catch (const Json::exception& error) {
    throw Damaged(fmt::format("it is not a plan: {}", problem_of(error)));
  }
}

Json settings_of(const Manifest& manifest, const Manifest::Trial& trial) {
  Json settings = manifest.arms.at(trial.arm).settings;
  if (settings.is_object()) settings["seed"] = trial.seed;
  return settings;
}

}  // namespace bnexp::store
