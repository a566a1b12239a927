// `bnexp bench` as a user calls it. What it measures is never judged, only that it is there.
#include <thread>

#include "cli/program.h"
#include "support/catch.h"

namespace bnexp {
namespace {

using tests::Program;

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

constexpr const char* kBench = R"(suite: tiny
question: How long?
bench:
  norms: [batch, instance]
  shapes: [[4, 8]]
  types: [fp32]
)";

std::vector<std::string> words(const Program& bnexp, const std::vector<std::string>& more = {}) {
  bnexp.write("bench.yaml", kBench);
  std::vector<std::string> result{"bench", bnexp.path("bench.yaml").string(), "--store", bnexp.path("store").string()};
  result.insert(result.end(), more.begin(), more.end());
  return result;
}

TEST_CASE("a quick benchmark leaves a record a case and both reports") {
  const Program bnexp;
  const auto outcome = bnexp(words(bnexp, {"--quick"}));
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  CHECK(contains(outcome.out, "2 of 2 cases measured"));
  CHECK(contains(outcome.err, "left out: instance on 4x8: instance norm averages over positions"));
  CHECK(contains(outcome.err, "round 3/3"));

  const auto files = bnexp.record_files("store");
  REQUIRE(files.size() == 2);
  for (const auto& [name, text] : files) {
    const Json record = Json::parse(text);
    CHECK(name == record.at("case").get<std::string>() + ".json");
    CHECK(record.at("schema_version") == 1);
    CHECK(record.at("context").at("threads") == 1);
    CHECK(record.at("settings").at("norm").at("eps") == 1e-5);
    const bool trains = record.at("settings").at("mode") == "train";
    for (const char* way : {"fused", "composed"}) {
      const Json& of = record.at("measurements").at(way);
      for (const char* direction : {"forward", "backward"}) {
        if (of.at(direction).is_null()) {
          CHECK((!trains && std::string(direction) == "backward"));
          continue;
        }
        CHECK(of.at(direction).at("repetitions") == 3);
        CHECK(of.at(direction).at("low_ns") > 0);
        CHECK(of.at(direction).at("low_ns") <= of.at(direction).at("median_ns"));
        CHECK(of.at(direction).at("median_ns") <= of.at(direction).at("high_ns"));
      }
      CHECK(of.at("kept_bytes").is_null() == !trains);
    }
  }
  const std::string report = tests::read_file(bnexp.path("store") / "report.md");
  CHECK(contains(report, "| batch | 4x8 | fp32 | train |"));
  CHECK(contains(report, "| instance | 4x8 | instance norm averages over positions"));
  CHECK(contains(tests::read_file(bnexp.path("store") / "report.html"), "chart-speedups"));

  // The same cases again have the same ids; the report comes again from the records alone.
  REQUIRE(bnexp(words(bnexp, {"--quick", "--quiet"})).code == 0);
  const auto again = bnexp.record_files("store");
  CHECK(again.size() == 2);
  for (const auto& [name, text] : files) CHECK(again.contains(name));
  std::filesystem::remove(bnexp.path("store") / "report.md");
  CHECK(bnexp({"report", bnexp.path("store").string()}).code == 0);
  CHECK(contains(tests::read_file(bnexp.path("store") / "report.md"), "# tiny"));
}

TEST_CASE("a benchmark's records are printed for machines, and --set reaches it") {
  const Program bnexp;
  const auto outcome = bnexp(words(bnexp, {"--quick", "--json", "--set", "bench.modes=[eval]"}));
  REQUIRE(outcome.code == 0);
  const Json records = Json::parse(outcome.out);
  REQUIRE(records.size() == 1);
  CHECK(records[0].at("settings").at("mode") == "eval");
}

TEST_CASE("a wrong benchmark is refused with its place, before anything is measured") {
  const Program bnexp;
  bnexp.write("wrong.yaml", "bench:\n  norms: [bacth]\n  shape: [[4, 8]]\n");
  const auto outcome = bnexp({"bench", bnexp.path("wrong.yaml").string(), "--store", bnexp.path("store").string()});
  CHECK(outcome.code == 2);
  CHECK(contains(outcome.err, "wrong.yaml:2:11: error: unknown norm 'bacth'"));
  CHECK(contains(outcome.err, "wrong.yaml:3:3: error: unknown key 'shape' in bench"));
  CHECK_FALSE(std::filesystem::exists(bnexp.path("store")));
  const auto none = bnexp(words(bnexp, {"--set", "bench.norms=[instance]"}));
  CHECK(none.code == 2);
  CHECK(contains(none.err, "no norm accepts any of the shapes"));
}

TEST_CASE("check reads a benchmark, run and plan say where it belongs") {
  const Program bnexp;
  words(bnexp);
  const auto check = bnexp({"check", bnexp.path("bench.yaml").string()});
  CHECK(check.code == 0);
  CHECK(contains(check.out, "a benchmark of 2 cases"));
  CHECK(contains(check.out, "left out: instance on 4x8"));
  for (const char* command : {"run", "plan"}) {
    const auto outcome = bnexp({command, bnexp.path("bench.yaml").string()});
    CHECK(outcome.code == 2);
    CHECK(contains(outcome.err, "`bnexp bench` runs it"));
  }
}

TEST_CASE("a suite is not run into a benchmark's folder") {
  const Program bnexp;
  REQUIRE(bnexp(words(bnexp, {"--quick"})).code == 0);
  const auto outcome = bnexp(bnexp.run_words("store"));
  CHECK(outcome.code == 3);
  CHECK(contains(outcome.err, "holds a benchmark of norms"));
  CHECK(bnexp.record_files("store").size() == 2);
}

TEST_CASE("an interrupted benchmark keeps the rounds that are over") {
  const Program bnexp;
  auto process = bnexp.start(words(bnexp, {"--set", "bench.repetitions=1000", "--set", "bench.repetition_ms=5"}));
  for (int wait = 0; wait < 600 && !contains(tests::read_file(bnexp.path("err")), "round 1/"); ++wait) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  process.signal(SIGINT);
  const auto outcome = process.wait();
  INFO(outcome.err);
  CHECK(outcome.code == 1);
  CHECK(contains(outcome.out, "stopped, the measurements so far are kept"));
  const auto files = bnexp.record_files("store");
  REQUIRE(files.size() == 2);
  for (const auto& [name, text] : files) {
    const Json forward = Json::parse(text).at("measurements").at("fused").at("forward");
    CHECK(forward.at("repetitions") >= 1);
    CHECK(forward.at("repetitions") < 1000);
  }
}

}  // namespace
}  // namespace bnexp
