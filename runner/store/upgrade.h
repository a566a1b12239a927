// The formats of a store and their history. Every file has a "schema_version". An older version is upgraded when read,
// one step per version; the file stays as it is. tests/store/formats has files of every older version.
#pragma once

#include <stdexcept>
#include <string>

#include "base/error.h"
#include "base/json.h"

namespace bnexp::store {

//   1  the first
//   2  "semantics" and "checksum"; "timing" always has "started_at" and "wall_s"
inline constexpr int kRecordVersion = 2;

//   1  the first
//   2  what another process needs to train a trial: "settings" and "data" of each arm, "folder", "weights";
//   "thresholds"
inline constexpr int kPlanVersion = 2;

// Of bench.json and of the records of a benchmark.
//   1  the first
inline constexpr int kBenchVersion = 1;

// A newer release wrote the file. It must not be treated as missing, and must not be replaced.
class NewerVersion : public Error {
  using Error::Error;
};

// The file is damaged: not JSON, incomplete, edited by hand. The message gives the reason, without the file's name.
class Damaged : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

// `json` in the current version. Throws Damaged, and NewerVersion naming `where`.
Json upgrade_record(Json json, const std::string& where);
Json upgrade_plan(Json json, const std::string& where);
Json upgrade_bench(Json json, const std::string& where);

}  // namespace bnexp::store
