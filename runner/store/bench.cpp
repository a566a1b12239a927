#include "store/bench.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "base/json_problem.h"
#include "base/text.h"
#include "stats/order.h"
#include "store/upgrade.h"

namespace bnexp::store {
namespace {

namespace fs = std::filesystem;

constexpr const char* kRunFile = "bench.json";
constexpr const char* kRecords = "records";

fs::path record_file(const fs::path& folder, const std::string& id) { return folder / kRecords / (id + ".json"); }

Json to_json(const BenchTimes& times) {
  const stats::MedianInterval of = stats::median_interval(times.ns);
  return {{"median_ns", of.median},  {"low_ns", of.low},    {"high_ns", of.high},
          {"coverage", of.coverage}, {"repetitions", of.n}, {"iterations", times.iterations},
          {"samples_ns", times.ns}};
}

BenchTimes times_from(const Json& json) {
  BenchTimes times{.ns = json.at("samples_ns"), .iterations = json.at("iterations")};
  if (times.ns.empty() || !std::ranges::all_of(times.ns, [](double ns) { return ns > 0; })) {
    throw Json::other_error::create(501, "samples_ns is not a list of positive times", &json);
  }
  return times;
}

// Checks the settings that a report reads. Throws Json::exception when one is missing or of another type.
void require_settings(const Json& settings) {
  settings.at("shape").get<std::vector<std::int64_t>>();
  settings.at("type").get<std::string>();
  settings.at("mode").get<std::string>();
}

void require_object(const Json& json, const char* key) {
  if (!json.at(key).is_object()) throw Json::type_error::create(302, fmt::format("{} is not an object", key), &json);
}

Json to_json(const BenchRun& run) {
  Json refused = Json::array();
  for (const auto& one : run.refused) {
    refused.push_back({{"norm", one.norm}, {"shape", one.shape}, {"reason", one.reason}});
  }
  return {{"schema_version", kBenchVersion},
          {"name", run.name},
          {"question", run.question},
          {"file", run.file},
          {"overrides", run.overrides},
          {"quick", run.quick},
          {"started_at", run.started_at},
          {"load", run.load},
          {"frequency_scaling", run.frequency_scaling},
          {"cases", run.cases},
          {"refused", std::move(refused)}};
}

BenchRun run_from(const Json& json) {
  std::vector<BenchRefusal> refused;
  for (const auto& one : json.at("refused").get<std::vector<Json>>()) {
    refused.push_back({one.at("norm"), one.at("shape"), one.at("reason")});
  }
  return {.name = json.at("name"),
          .question = json.at("question"),
          .file = json.at("file"),
          .overrides = json.at("overrides"),
          .quick = json.at("quick"),
          .started_at = json.at("started_at"),
          .load = json.at("load"),
          .frequency_scaling = json.at("frequency_scaling"),
          .cases = json.at("cases"),
          .refused = std::move(refused)};
}

// Throws Damaged, and NewerVersion.
Json parse_bench(const std::string& text, const fs::path& file) {
  auto json = parse_json(text);
  if (!json) throw Damaged("it is not JSON, or incomplete");
  return upgrade_bench(std::move(*json), file.string());
}

// Throws Error(environment), NewerVersion too.
Json read_bench_json(const fs::path& file) {
  const auto text = read_whole(file);
  if (!text) throw environment_error("can't read " + file.string(), "name a folder that `bnexp bench` wrote");
  try {
    return parse_bench(*text, file);
  } catch (const Damaged& damage) {
    throw environment_error(fmt::format("{} is damaged: {}", file.string(), damage.what()),
                            "restore it, or run the benchmark again");
  }
}

}  // namespace

std::string BenchCase::shape() const {
  std::vector<std::string> extents;
  for (const auto& extent : settings.at("shape")) extents.push_back(extent.dump());
  return join(extents, "x");
}

Json to_json(const BenchCase& one) {
  Json measurements = {{"copy", {{"forward", to_json(one.copy)}}}};
  for (const auto& [name, way] : one.ways) {
    measurements[name] = {{"forward", to_json(way.forward)},
                          {"backward", way.backward ? to_json(*way.backward) : Json()},
                          {"kept_bytes", way.kept_bytes ? Json(*way.kept_bytes) : Json()},
                          {"difference", way.difference}};
  }
  return {{"schema_version", kBenchVersion},
          {"kind", "bench"},
          {"case", one.id},
          {"norm", one.norm},
          {"settings", one.settings},
          {"measurements", std::move(measurements)},
          {"absent", one.absent},
          {"composed_is_torch", one.composed_is_torch},
          {"bytes", {{"copy", one.copy_bytes}, {"forward", one.forward_bytes}, {"backward", one.backward_bytes}}},
          {"context", one.context}};
}

BenchCase bench_case(const Json& json, const std::string& where) {
  try {
    require_settings(json.at("settings"));
    require_object(json, "measurements");
    require_object(json, "context");
    BenchCase one{.id = json.at("case"),
                  .norm = json.at("norm"),
                  .settings = json.at("settings"),
                  .ways = {},
                  .absent = json.at("absent"),
                  .composed_is_torch = json.at("composed_is_torch"),
                  .copy = times_from(json.at("measurements").at("copy").at("forward")),
                  .copy_bytes = json.at("bytes").at("copy"),
                  .forward_bytes = json.at("bytes").at("forward"),
                  .backward_bytes = json.at("bytes").at("backward"),
                  .context = json.at("context")};
    for (const auto& [name, way] : json.at("measurements").items()) {
      if (name == "copy") continue;
      BenchWay& to = one.ways[name];
      to.forward = times_from(way.at("forward"));
      if (!way.at("backward").is_null()) to.backward = times_from(way.at("backward"));
      if (!way.at("kept_bytes").is_null()) to.kept_bytes = way.at("kept_bytes").get<std::int64_t>();
      to.difference = way.at("difference");
    }
    return one;
  } catch (const Json::exception& error) {
    throw environment_error(fmt::format("{} is not a benchmark's record: {}", where, problem_of(error)),
                            "run the benchmark again");
  }
}

std::vector<fs::path> write_bench(const fs::path& folder, const BenchResults& results) {
  if (is_there(folder / "suite.json")) {
    throw environment_error(fmt::format("{} holds a suite's trials", folder.string()),
                            "choose another folder with --store");
  }
  std::error_code error;
  fs::create_directories(folder / kRecords, error);
  if (error) throw file_error("create", folder / kRecords, error.value());
  std::vector<fs::path> aside;
  const auto make_room = [&](const fs::path& file) {
    const auto text = read_whole(file);
    if (!text) return;
    try {
      parse_bench(*text, file);
    } catch (const Damaged&) {
      aside.push_back(set_aside(file));
    }
  };
  make_room(folder / kRunFile);
  for (const auto& id : results.run.cases) make_room(record_file(folder, id));
  for (const auto& one : results.cases) {
    write_whole(record_file(folder, one.id), to_file(to_json(one)));
  }
  write_whole(folder / kRunFile, to_file(to_json(results.run)));
  return aside;
}

BenchResults read_bench(const fs::path& folder) {
  const fs::path file = folder / kRunFile;
  BenchResults results;
  try {
    results.run = run_from(read_bench_json(file));
  } catch (const Json::exception& error) {
    throw environment_error(fmt::format("{} is not a benchmark's: {}", file.string(), problem_of(error)),
                            "run the benchmark again");
  }
  for (const auto& id : results.run.cases) {
    const fs::path record = record_file(folder, id);
    if (is_there(record)) results.cases.push_back(bench_case(read_bench_json(record), record.string()));
  }
  return results;
}

bool is_bench_folder(const fs::path& folder) { return is_there(folder / kRunFile); }

}  // namespace bnexp::store
