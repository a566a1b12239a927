// One trial's record: DIR/records/<trial id>.json. record.schema.json beside this file is its JSON Schema; upgrade.h
// has the history of the format.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "store/upgrade.h"
#include "train/result.h"

namespace bnexp::store {

// Raise it whenever the same settings train to other bits than before, for any trial; part of every trial id. Changes
// of one norm, model, optimizer, schedule, data set or probe alone raise its own number instead.
inline constexpr int kTrainingSemantics = 3;

struct Record {
  std::string trial;  // 16 hexadecimal digits
  std::string suite;
  std::string arm;                   // label
  Json arm_values = Json::object();  // dotted key -> swept value
  std::int64_t seed = 0;
  Json settings = Json::object();   // every setting, defaults included
  Json semantics = Json::object();  // {"engine": kTrainingSemantics, "schedule/one_cycle": 1}: the numbers in the id
  train::TrialResult result;
  Json context = Json::object();  // provenance; with result.timing, all that may differ between two runs
};

// {"engine": kTrainingSemantics} and the numbers of the variants that `settings` use, where they are not 0.
Json semantics_of(const Json& settings);

// SHA-256 of the settings (config::identity), the data set's checksum and the semantics, first 16 digits. It leaves out
// a setting with the default that it was introduced with, and a variant's number that is 0, so that additions to the
// program change no id.
std::string trial_id(const Json& settings, const std::string& data_sha256, const Json& semantics);
std::string trial_id(const Json& settings, const std::string& data_sha256);  // with the current semantics

// The id in the first version of the format.
std::string first_trial_id(const Json& settings, const std::string& data_sha256, int semantics);

// {"status", "failure": null | {"message", "step" | null, "layer" | null, "tensor" | null, "signal" | null}, "data",
//  "history", "metrics", "probes", "timing"}. JSON has no word for NaN and infinity, and they never get here: writing
// one is an assertion failure (std::logic_error) that names its place.
Json to_json(const train::TrialResult& result);

// Throws Json::exception when `json` isn't from to_json.
train::TrialResult result_from_json(Json json);

// A result with "schema_version", "trial", "suite", "arm": {"label", "values"}, "seed", "settings", "semantics",
// "context" and "checksum", the SHA-256 of everything that is the same in every run of the trial.
Json to_json(const Record& record);

// Throws Damaged when `json` isn't a record, or was changed: its id doesn't match its settings, or its checksum its
// results. Throws NewerVersion naming `where`. `file` is the text that `json` was parsed from; checking is faster with
// it.
Record from_json(Json json, const std::string& where, std::string_view file = {});

// The fields that differ between two results, of those that are the same in every run: "status", "metrics".
std::vector<std::string> differences(const train::TrialResult& a, const train::TrialResult& b);

}  // namespace bnexp::store
