#include "store/upgrade.h"

#include <fmt/format.h>

#include <array>
#include <span>
#include <utility>

#include "store/record.h"

namespace bnexp::store {
namespace {

using Step = Json (*)(Json);

Json upgraded(Json json, const char* format, std::span<const Step> steps, const std::string& where) {
  const int present = static_cast<int>(steps.size()) + 1;
  const auto found = json.is_object() ? json.find("schema_version") : json.end();
  if (found == json.end() || !found->is_number_integer() || *found < 1) {
    throw Damaged(fmt::format("it is not a {}: it has no schema_version", format));
  }
  if (*found > present) {
    throw NewerVersion(ExitCode::environment,
                       fmt::format("{} has version {} of the {} format; this bnexp reads versions 1 to {}", where,
                                   found->dump(), format, present),
                       "use the release of bnexp that wrote it, or a newer one");
  }
  for (auto version = found->get<std::size_t>(); version <= steps.size(); ++version) {
    json = steps[version - 1](std::move(json));
  }
  json["schema_version"] = present;
  return json;
}

// Version 1 ended a trial as diverged when the loss of an evaluation was not finite, so the frequency of evaluations
// decided the status. Training had not diverged, so the trial must be trained again.
void reopen_where_an_evaluation_ended_it(Json& json) {
  Json& failure = json.at("failure");
  if (json.at("status") != "diverged" || failure.at("layer") != "loss" || !failure.at("tensor").is_string()) return;
  if (!failure.at("tensor").get<std::string>().starts_with("value on the")) return;
  json["status"] = "interrupted";
  failure["message"] = "an earlier release ended it because the loss of an evaluation was not finite";
  failure["layer"] = nullptr;
  failure["tensor"] = nullptr;
}

// Version 1 had one number for all semantics, only in the id. It is found by trying which one gives this id. A trial
// that failed before it had a data set's checksum has no id to compare.
Json record_from_1(Json json) {
  const std::string data = json.at("data").value("sha256", "");
  Json engine = nullptr;
  for (int semantics = 1; semantics <= 3 && engine.is_null(); ++semantics) {
    if (json.at("trial") == first_trial_id(json.at("settings"), data, semantics)) engine = semantics;
  }
  if (engine.is_null() && !data.empty()) throw Damaged("its settings or data do not match its trial id");
  reopen_where_an_evaluation_ended_it(json);
  json["semantics"] = {{"engine", std::move(engine)}};
  json["checksum"] = nullptr;
  return json;
}

// Version 1 had no settings: its trials can be reported, but trained only from their suite.
Json plan_from_1(Json json) {
  for (auto& arm : json.at("arms")) {
    arm["settings"] = nullptr;
    arm["data"] = nullptr;
  }
  json["folder"] = "";
  json["weights"] = false;
  json["thresholds"] = {{"chance", 0.1}, {"trains", 0.9}};
  return json;
}

}  // namespace

Json upgrade_record(Json json, const std::string& where) {
  static constexpr std::array<Step, kRecordVersion - 1> kSteps{record_from_1};
  return upgraded(std::move(json), "record", kSteps, where);
}

Json upgrade_plan(Json json, const std::string& where) {
  static constexpr std::array<Step, kPlanVersion - 1> kSteps{plan_from_1};
  return upgraded(std::move(json), "plan", kSteps, where);
}

Json upgrade_bench(Json json, const std::string& where) { return upgraded(std::move(json), "benchmark", {}, where); }

}  // namespace bnexp::store
