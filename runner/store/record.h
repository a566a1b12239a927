// One trial's record: DIR/records/<trial id>.json. record.schema.json beside this file is its JSON Schema.
#pragma once

#include <cstdint>
#include <string>

#include "base/json.h"
#include "train/result.h"

namespace bnexp::store {

inline constexpr int kSchemaVersion = 1;

// Raised whenever the same settings would train to other bits than before; part of every trial id.
inline constexpr int kTrainingSemantics = 3;

struct Record {
  std::string trial;  // 16 hexadecimal digits
  std::string suite;
  std::string arm;                   // label
  Json arm_values = Json::object();  // dotted key -> swept value
  std::int64_t seed = 0;
  Json settings = Json::object();  // every setting, defaults included
  train::TrialResult result;
  Json context = Json::object();  // provenance; with result.timing, all that may differ between two runs
};

// SHA-256 of the canonical settings, the data set's checksum and the training semantics version, first 16 digits.
std::string trial_id(const Json& settings, const std::string& data_sha256);

// {"status", "failure": null | {"message", "step" | null, "layer" | null, "tensor" | null, "signal" | null}, "data",
//  "history", "metrics", "probes", "timing"}. JSON has no word for NaN and infinity, and they never get here: writing
// one is an assertion failure (std::logic_error) that names its place.
Json to_json(const train::TrialResult& result);

// Throws Json::exception when `json` isn't what to_json wrote.
train::TrialResult result_from_json(Json json);

// A result with "schema_version", "trial", "suite", "arm": {"label", "values"}, "seed", "settings", "context".
Json to_json(const Record& record);

// Throws Error(environment) naming `where` when `json` isn't a record of this schema version.
Record from_json(Json json, const std::string& where);

}  // namespace bnexp::store
