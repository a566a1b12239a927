// What becomes of a benchmark's numbers, with numbers whose results can be told by hand.
#include <fstream>
#include <iterator>

#include "base/error.h"
#include "report/bench_charts.h"
#include "report/bench_report.h"
#include "report/bench_rows.h"
#include "report/bench_sample.h"
#include "support/catch.h"
#include "support/temporary_folder.h"

namespace bnexp::report {
namespace {

using test::bench_results;
using test::train_case;

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST_CASE("speed-ups are paired by round, GB/s are those of the median, shares those of the copy") {
  const BenchResults all = bench_results();
  const auto rows = bench_rows(all);
  REQUIRE(rows.size() == 3);
  const BenchRow& forward = rows[0];
  CHECK(forward.ns.at("fused").median == 1300);
  CHECK(forward.ns.at("fused").low == 1000);
  CHECK(forward.ns.at("fused").high == 1600);
  REQUIRE(forward.over_composed);
  CHECK(forward.over_composed->low == 2);
  CHECK(forward.over_composed->high == 2);
  CHECK(forward.over_torch->median == 2);
  CHECK(forward.gb_per_s.at("fused") == Approx(65536.0 / 1300));
  CHECK(forward.copy_gb_per_s == Approx(65536.0 / 500));
  CHECK(rows[1].direction == "backward");
  CHECK(rows[1].gb_per_s.at("composed") == Approx(98304.0 / 3000));
  CHECK(rows[2].direction == "both");
  CHECK(rows[2].ns.at("fused").median == 4300);
  CHECK(rows[2].over_torch->low == Approx(5000.0 / 4000));
  CHECK(rows[2].over_torch->median == Approx(5600.0 / 4300));
  CHECK(rows[2].gb_per_s.at("fused") == Approx((65536.0 + 98304) / 4300));
  const Table table = bench_table(rows, "forward");
  REQUIRE(table.rows.size() == 1);
  CHECK(table.rows[0] == std::vector<std::string>{"batch", "64x128", "fp32", "train", "1.30 [1.00, 1.60]",
                                                  "2.60 [2.00, 3.20]", "= composed", "2.00 [2.00, 2.00]",
                                                  "2.00 [2.00, 2.00]", "50.41", "38 %", "32.0", "64.0"});
}

TEST_CASE("the findings say what the fused kernels gain, and in how many cases that is sure") {
  const BenchResults all = bench_results();
  const BenchWords words = bench_words(all, bench_rows(all));
  REQUIRE(words.findings.size() == 2);
  CHECK(words.findings[0] ==
        "Fused against LibTorch's operations, in training, forward and backward, fp32: 1.30 (batch, 64x128) to 1.30 "
        "(batch, 64x128) times as fast, geometric mean 1.30, over 1 case: faster in 1, slower in 0, undecided in 0.");
  CHECK(contains(words.findings[1], "fused keeps 50 to 50 %"));
  CHECK(words.warnings.empty());
  BenchResults alike = all;
  alike.cases[0].ways["composed"].forward = alike.cases[0].ways["fused"].forward;
  CHECK(contains(bench_words(alike, bench_rows(alike)).findings[0], "undecided in 1"));
}

TEST_CASE("a noisy machine is told by its load, its frequency and the copy's spread") {
  BenchResults all = bench_results();
  all.run.load = 0.51;
  all.run.frequency_scaling = "yes";
  all.cases[0].copy.ns = {500, 500, 500, 900, 500, 500, 500};
  all.cases[0].context["started_at"] = "2025-12-31T00:00:00Z";
  all.run.cases.emplace_back("fedcba9876543210");
  const auto warnings = bench_words(all, bench_rows(all)).warnings;
  REQUIRE(warnings.size() == 5);
  CHECK(contains(warnings[0], "load average 0.51"));
  CHECK(contains(warnings[1], "frequency varies"));
  CHECK(contains(warnings[2], "one and the same copy (64x128, fp32) varied by 27 %"));
  CHECK(contains(warnings[3], "1 of 2 cases have no record"));
  CHECK(contains(warnings[4], "1 of 1 record are of an earlier run"));
}

TEST_CASE("few repetitions are warned of") {
  BenchResults all = bench_results();
  all.cases[0].copy.ns.resize(5);
  const auto warnings = bench_words(all, bench_rows(all)).warnings;
  REQUIRE(warnings.size() == 1);
  CHECK(contains(warnings[0], "5 repetitions only"));
}

TEST_CASE("a record holds medians with their intervals, and reads back as it was") {
  const BenchCase one = train_case();
  const Json json = to_json(one);
  const Json& forward = json.at("measurements").at("fused").at("forward");
  CHECK(forward.at("median_ns") == 1300);
  CHECK(forward.at("low_ns") == 1000);
  CHECK(forward.at("high_ns") == 1600);
  CHECK(forward.at("repetitions") == 7);
  CHECK(forward.at("coverage").get<double>() == Approx(1 - 2.0 / 128));
  CHECK(json.at("measurements").at("copy").at("forward").at("median_ns") == 500);
  CHECK(to_json(bench_case(json, "here")) == json);
  Json broken = json;
  broken.erase("bytes");
  CHECK_THROWS_AS(bench_case(broken, "here"), Error);
}

TEST_CASE("a folder keeps a benchmark, and its report is made from it alone") {
  const test::TemporaryFolder folder;
  const auto store = folder.path() / "store";
  keep(store, bench_results());
  CHECK(is_bench_folder(store));
  CHECK(read_bench(store).cases.size() == 1);
  CHECK(write_bench(store, BNEXP_REPORT_ASSETS) == store / "report.html");
  const std::string markdown = read(store / "report.md");
  for (const char* part :
       {"# small", "## Forward", "## Backward", "## Forward and backward", "| batch | 64x128 | fp32 | train | 1.30 ",
        "| instance | 64x128 | it has none |", "bnexp bench configs/small.yaml", "- CPU: a CPU"}) {
    INFO(part);
    CHECK(contains(markdown, part));
  }
  const std::string html = read(store / "report.html");
  CHECK(contains(html, "How &lt;fast&gt;?"));
  CHECK(contains(html, "id=\"chart-speedups\""));
  CHECK(contains(html, "id=\"chart-bandwidth_backward\""));
  CHECK_FALSE(contains(html, "{{"));
  const std::string before = html;
  write_bench(store, BNEXP_REPORT_ASSETS);
  CHECK(read(store / "report.html") == before);
}

TEST_CASE("a suite's folder is not taken for a benchmark, nor overwritten by one") {
  const test::TemporaryFolder folder;
  std::ofstream(folder.path() / "suite.json") << "{}";
  CHECK_FALSE(is_bench_folder(folder.path()));
  CHECK_THROWS_AS(keep(folder.path(), bench_results()), Error);
  CHECK_THROWS_AS(read_bench(folder.path()), Error);
}

}  // namespace
}  // namespace bnexp::report
