#include "store/plan.h"

#include <fmt/format.h>

#include <utility>

#include "store/upgrade.h"

namespace bnexp::store {
namespace {

Thresholds thresholds_from(const Json& json) { return {.chance = json.at("chance"), .trains = json.at("trains")}; }

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
          {"swept", manifest.swept},
          {"overrides", manifest.overrides},
          {"weights", manifest.weights},
          {"thresholds", {{"chance", manifest.thresholds.chance}, {"trains", manifest.thresholds.trains}}},
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
                      .overrides = json.at("overrides"),
                      .swept = json.at("swept"),
                      .weights = json.at("weights"),
                      .thresholds = thresholds_from(json.at("thresholds")),
                      .arms = {},
                      .trials = {}};
    for (auto& arm : json.at("arms")) {
      if (!arm.at("values").is_object()) throw Damaged("it has an arm without values");
      manifest.arms.push_back({arm.at("label"), arm.at("values"), arm.at("settings"), arm.at("data")});
    }
    for (const auto& trial : json.at("trials")) {
      if (!trial.at("arm").is_number_unsigned()) throw Damaged("it has a trial without an arm");
      manifest.trials.push_back({trial.at("trial"), trial.at("arm"), trial.at("seed")});
      if (manifest.trials.back().arm >= manifest.arms.size()) throw Damaged("it has a trial of an arm that it lacks");
    }
    return manifest;
  } catch (const Json::exception& error) {
    throw Damaged(fmt::format("it is not a plan: {}", error.what()));
  }
}

Json settings_of(const Manifest& manifest, const Manifest::Trial& trial) {
  Json settings = manifest.arms.at(trial.arm).settings;
  if (settings.is_object()) settings["seed"] = trial.seed;
  return settings;
}

}  // namespace bnexp::store
