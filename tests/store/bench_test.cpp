#include "store/bench.h"

#include <fstream>

#include "analysis/bench_sample.h"
#include "base/error.h"
#include "base/files.h"
#include "store/upgrade.h"
#include "support/catch.h"
#include "support/temporary_folder.h"

namespace bnexp::store {

TEST_CASE("a record holds medians with their intervals, and reads back as it was") {
  const BenchCase one = test::train_case();
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

TEST_CASE("a suite's folder is not taken for a benchmark, nor overwritten by one") {
  const test::TemporaryFolder folder;
  std::ofstream(folder.path() / "suite.json") << "{}";
  CHECK_FALSE(is_bench_folder(folder.path()));
  CHECK_THROWS_AS(write_bench(folder.path(), test::bench_results()), Error);
  CHECK_THROWS_AS(read_bench(folder.path()), Error);
}

TEST_CASE("files of a benchmark that are damaged or of a newer release are refused with their names") {
  const auto [file, text, words] = GENERATE(table<std::string, std::string, std::string>({
      {"bench.json", "{\"schema_version\": 1", "bench.json is damaged: it is not JSON"},
      {"bench.json", "{}", "bench.json is damaged: it is not a benchmark"},
      {"bench.json", "{\"schema_version\": 2}", "version 2 of the benchmark format; this bnexp reads versions 1 to 1"},
      {"records/train.json", "[]", "train.json is damaged: it is not a benchmark"},
      {"records/train.json", "{\"schema_version\": 99}", "version 99 of the benchmark format"},
  }));
  const test::TemporaryFolder folder;
  BenchResults results = test::bench_results();
  results.cases = {test::train_case()};
  results.cases.front().id = "train";
  results.run.cases = {"train"};
  write_bench(folder.path(), results);
  CHECK(read_bench(folder.path()).cases.size() == 1);
  std::ofstream(folder.path() / file) << text;
  CHECK_THROWS_WITH(read_bench(folder.path()), Catch::Matchers::Contains(words));
}

TEST_CASE("a benchmark replaces no file of a newer release, and sets damaged ones aside") {
  const test::TemporaryFolder folder;
  BenchResults results = test::bench_results();
  results.cases = {test::train_case()};
  results.run.cases = {results.cases.front().id};
  const auto record = folder.path() / "records" / (results.run.cases.front() + ".json");
  CHECK(write_bench(folder.path(), results).empty());
  CHECK(write_bench(folder.path(), results).empty());
  for (const auto& file : {folder.path() / "bench.json", record}) {
    INFO(file);
    std::ofstream(file) << "half";
    auto aside = file;
    aside += ".damaged";
    CHECK(write_bench(folder.path(), results) == std::vector{aside});
    CHECK(read_whole(aside) == "half");
    CHECK(read_bench(folder.path()).cases.size() == 1);
    const auto whole = read_whole(file).value();
    std::ofstream(file) << "{\"schema_version\": 99}";
    CHECK_THROWS_AS(write_bench(folder.path(), results), NewerVersion);
    CHECK(read_whole(file) == "{\"schema_version\": 99}");
    std::ofstream(file) << whole;
  }
}

}  // namespace bnexp::store
