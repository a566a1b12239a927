// A benchmark of norms in its folder:
//   DIR/bench.json            the newest run: question, planned cases, refused cases, the state of the machine
//   DIR/records/<case>.json   one case: norm x shape x type x mode; its schema: bench.schema.json
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"

namespace bnexp::store {

struct BenchTimes {
  std::vector<double> ns;       // one for each round
  std::int64_t iterations = 0;  // iterations that each is the mean of
};

struct BenchWay {
  BenchTimes forward;
  std::optional<BenchTimes> backward;
  std::optional<std::int64_t> kept_bytes;
  double difference = 0;  // of its output from composed's, relative to the largest value
};

struct BenchCase {
  std::string id;
  std::string norm;                           // label
  Json settings = Json::object();             // "shape": [integers], "type": text, "mode": text, ...
  std::map<std::string, BenchWay> ways;       // "fused", "composed", "torch"
  std::map<std::string, std::string> absent;  // way -> why it is missing
  bool composed_is_torch = false;
  BenchTimes copy;
  std::int64_t copy_bytes = 0;
  std::int64_t forward_bytes = 0;
  std::int64_t backward_bytes = 0;
  Json context = Json::object();  // provenance, and "started_at" of its run

  std::string shape() const;  // "64x32x26x26"
  std::string type() const { return settings.at("type"); }
  std::string mode() const { return settings.at("mode"); }
};

struct BenchRefusal {
  std::string norm;
  std::string shape;
  std::string reason;
};

struct BenchRun {
  std::string name;
  std::string question;
  std::string file;
  std::vector<std::string> overrides;
  bool quick = false;
  std::string started_at;  // ISO 8601, UTC
  double load = 0;         // one-minute average before the start
  std::string frequency_scaling = "unknown";
  std::vector<std::string> cases;  // ids, as planned
  std::vector<BenchRefusal> refused;
};

struct BenchResults {
  BenchRun run;
  std::vector<BenchCase> cases;  // planned ones that have a record, in the plan's order
};

// {"schema_version", "kind": "bench", "case", "norm", "settings", "measurements": {way: {"forward": times, "backward":
// times, "kept_bytes", "difference"}, "copy": {"forward": times}}, "absent", "composed_is_torch", "bytes", "context"};
// times is {"median_ns", "low_ns", "high_ns", "coverage", "repetitions", "iterations", "samples_ns"}.
Json to_json(const BenchCase& one);
// Throws Error(environment) naming `where` when `json` is not such a record.
BenchCase bench_case(const Json& json, const std::string& where);

// Writes each file atomically. Sets aside damaged files of the run and of planned cases first, and returns their new
// paths. Throws Error(environment) when the folder can't be made or written, or is a suite's, and NewerVersion.
std::vector<std::filesystem::path> write_bench(const std::filesystem::path& folder, const BenchResults& results);
// Throws Error(environment) when the folder is not a benchmark's, or when one of its records can't be read.
BenchResults read_bench(const std::filesystem::path& folder);
// Throws Error(environment) when that can't be determined.
bool is_bench_folder(const std::filesystem::path& folder);

}  // namespace bnexp::store
