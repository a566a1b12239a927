// What becomes of a benchmark's numbers, with numbers whose results can be told by hand.
#include <fstream>
#include <functional>
#include <iterator>

#include "analysis/bench_sample.h"
#include "base/error.h"
#include "report/bench_charts.h"
#include "report/bench_words.h"
#include "report/report.h"
#include "support/catch.h"
#include "support/temporary_folder.h"

namespace bnexp::report {
namespace {

using test::bench_results;

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST_CASE("a row of the table has each way's median and interval, the speed-ups and the share of a copy") {
  const store::BenchResults all = bench_results();
  const auto rows = analysis::bench_rows(all);
  const Table table = bench_table(rows);
  REQUIRE(table.rows.size() == 3);
  std::vector<std::string> forward;
  for (const auto& cell : table.rows[0]) forward.push_back(cell.text);
  CHECK(forward == std::vector<std::string>{"batch", "64x128", "fp32", "train", "forward", "1.30 [1.00, 1.60]",
                                            "2.60 [2.00, 3.20]", "= composed", "2.00 [2.00, 2.00]", "2.00 [2.00, 2.00]",
                                            "50.41", "38 %", "32.0", "64.0"});
  CHECK(table.rows[0][5].value == 1.3);
  CHECK(table.rows[0][5].high == 1.6);
}

TEST_CASE("the findings say what the fused kernels gain, and in how many cases that is sure") {
  const store::BenchResults all = bench_results();
  const BenchWords words = bench_words(all, analysis::bench_rows(all));
  REQUIRE(words.findings.size() == 2);
  CHECK(words.findings[0] ==
        "Fused against LibTorch's operations, in training, forward and backward, fp32: 1.30 (batch, 64x128) to 1.30 "
        "(batch, 64x128) times as fast, geometric mean 1.30, over 1 case: faster in 1, slower in 0, undecided in 0.");
  CHECK(contains(words.findings[1], "fused keeps 50 to 50 %"));
  CHECK(words.warnings.empty());
  store::BenchResults alike = all;
  alike.cases[0].ways["composed"].forward = alike.cases[0].ways["fused"].forward;
  CHECK(contains(bench_words(alike, analysis::bench_rows(alike)).findings[0], "undecided in 1"));
}

TEST_CASE("a noisy machine is told by its frequency and the copy's spread") {
  store::BenchResults all = bench_results();
  all.run.load = 2.51;  // of what ran before, which says nothing about the cases
  all.run.frequency_scaling = "yes";
  all.cases[0].copy.ns = {500, 500, 500, 900, 500, 500, 500};
  all.cases[0].context["started_at"] = "2025-12-31T00:00:00Z";
  all.run.cases.emplace_back("fedcba9876543210");
  const auto warnings = bench_words(all, analysis::bench_rows(all)).warnings;
  REQUIRE(warnings.size() == 4);
  CHECK(contains(warnings[0], "frequency varies"));
  CHECK(contains(warnings[1], "the same copy (64x128, fp32) varied by 27 %"));
  CHECK(contains(warnings[2], "1 of 2 cases have no record"));
  CHECK(contains(warnings[3], "From an earlier run: 1 of 1 record."));
}

TEST_CASE("few repetitions are warned of") {
  store::BenchResults all = bench_results();
  all.cases[0].copy.ns.resize(5);
  const auto warnings = bench_words(all, analysis::bench_rows(all)).warnings;
  REQUIRE(warnings.size() == 1);
  CHECK(contains(warnings[0], "only 5 repetitions"));
}

TEST_CASE("a folder keeps a benchmark, and its report is made from it alone") {
  const test::TemporaryFolder folder;
  const auto store = folder.path() / "store";
  store::write_bench(store, bench_results());
  CHECK(store::is_bench_folder(store));
  CHECK(store::read_bench(store).cases.size() == 1);
  CHECK(write(store, BNEXP_REPORT_ASSETS) == store / "report.html");
  const std::string markdown = read(store / "report.md");
  for (const char* part : {"# small", "## Numbers", "| batch | 64x128 | fp32 | train | forward | 1.30 ",
                           "| instance | 64x128 | it has none |", "bnexp bench configs/small.yaml", "- CPU: a CPU"}) {
    INFO(part);
    CHECK(contains(markdown, part));
  }
  const std::string html = read(store / "report.html");
  CHECK(contains(html, "How &lt;fast&gt;?"));
  CHECK(contains(html, "id=\"chart-speedups\""));
  CHECK(contains(html, "id=\"chart-bandwidth_backward\""));
  CHECK_FALSE(contains(html, "{{"));
  write(store, BNEXP_REPORT_ASSETS);
  CHECK(read(store / "report.html") == html);
}

TEST_CASE("a damaged record, run or folder of a benchmark ends in a sentence, and leaves the report as it is") {
  const test::TemporaryFolder folder;
  store::write_bench(folder.path(), bench_results());
  write(folder.path(), BNEXP_REPORT_ASSETS);
  const std::string report = read(folder.path() / "report.md");
  const auto record = folder.path() / "records/0123456789abcdef.json";
  const auto run = folder.path() / "bench.json";
  const auto refused = [&](const std::filesystem::path& file, const std::function<void(Json&)>& damage) {
    const std::string whole = read(file);
    Json json = Json::parse(whole);
    damage(json);
    std::ofstream(file) << json;
    INFO(json.dump());
    try {
      write(folder.path(), BNEXP_REPORT_ASSETS);
      FAIL_CHECK("a report was made");
    } catch (const Error& error) {
      CHECK(error.code() == ExitCode::environment);
      CHECK(contains(error.what(), file.string()));
    }
    CHECK(read(folder.path() / "report.md") == report);
    std::ofstream(file) << whole;
  };
  for (const char* key : {"settings", "measurements", "context", "bytes", "absent", "norm", "case", "schema_version"}) {
    for (const Json& wrong : {Json(), Json(7), Json::array({1})}) {
      refused(record, [&](Json& json) { json[key] = wrong; });
    }
  }
  for (const char* key : {"name", "cases", "refused", "overrides", "load", "started_at"}) {
    refused(run, [&](Json& json) { json[key] = nullptr; });
    refused(run, [&](Json& json) { json[key] = {{"a", 1}}; });
  }
  refused(run, [](Json& json) { json["refused"] = {{{"norm", 1}}}; });
  refused(record, [](Json& json) { json["settings"]["shape"] = "64x128"; });
  refused(record, [](Json& json) { json["settings"]["type"] = 32; });
  refused(record, [](Json& json) { json["measurements"]["fused"]["forward"]["samples_ns"] = Json::array(); });
  refused(record, [](Json& json) { json["measurements"]["copy"]["forward"]["samples_ns"] = {0, -1}; });
  refused(record, [](Json& json) { json["schema_version"] = 2; });
}

TEST_CASE("a benchmark's context of unexpected types is shown as it is") {
  store::BenchResults all = bench_results();
  all.cases[0].context = {{"started_at", 3}, {"cpu", nullptr}, {"cores", {1, 2}}, {"contended", "no"}};
  const Document document = document_of(all, "results/bench");
  CHECK(build(document, BNEXP_REPORT_ASSETS).at("report.md").find("- CPU: unknown") != std::string::npos);
}

}  // namespace
}  // namespace bnexp::report
