#include "analysis/analysis.h"

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <fstream>

#include "analysis/sample.h"
#include "base/error.h"
#include "support/catch.h"
#include "support/temporary_folder.h"

namespace bnexp::analysis {
namespace {

store::Store written(const std::filesystem::path& folder, const sample::Store& sample) {
  const auto store = store::Store::create(folder);
  store.write(sample.manifest);
  for (const auto& record : sample.records) store.write(record);
  return store;
}

}  // namespace

TEST_CASE("every difference to the best arm is the one that pairs its seeds") {
  const auto sample = sample::lr_sweep();
  const Analysis all = analyze(gather(sample.manifest, sample.records));
  REQUIRE(all.to_best.size() == 8);
  REQUIRE(all.best());
  for (std::size_t i = 0; i < all.to_best.size(); ++i) {
    const Arm& arm = all.results.arms[i];
    CHECK(all.to_best[i].n == (&arm == all.best() ? 0 : arm.ok()));
    if (all.to_best[i].n > 0) CHECK(all.to_best[i].mean == difference(arm, *all.best()).mean);
  }
}

TEST_CASE("each status that exists is counted, and is either ok, a failure or open") {
  auto sample = sample::norm_compare();
  std::size_t next = 0;
  for (const auto& [status, name] : train::kStatusNames) sample.records[next++].result.status = status;
  sample.records.erase(sample.records.begin() + static_cast<std::ptrdiff_t>(next));
  const Analysis all = analyze(gather(sample.manifest, sample.records));
  for (const Outcome outcome : all_outcomes()) {
    INFO(name_of(outcome));
    CHECK(all.results.counts[outcome] > 0);
    CHECK((outcome == train::Status::ok || is_failure(outcome) || is_open(outcome)));
  }
}

TEST_CASE("members of a wrong type are taken as empty and named, whichever they are") {
  const auto sample = sample::lr_sweep();
  for (const Json& wrong : {Json(), Json("text"), Json(3), Json::array({1})}) {
    auto records = sample.records;
    records[0].settings = records[1].arm_values = records[2].context = wrong;
    records[3].result.data = records[4].result.metrics = records[5].result.probes = records[6].result.timing = wrong;
    records[7].result.history = 5;
    for (const bool planned : {true, false}) {
      const Analysis all = analyze(gather(planned ? std::optional(sample.manifest) : std::nullopt, records));
      CHECK(all.results.trials == 24);
      const auto texts = all.results.problems.texts();
      CHECK(texts.size() == 8);
      for (const auto& text : texts) CHECK(text.find(" instead of ") != std::string::npos);
    }
  }
}

TEST_CASE("members inside that have a wrong type are left out of the means and named") {
  auto sample = sample::norm_compare();
  sample.records[0].result.timing["wall_s"] = "long";
  sample.records[1].result.metrics["test_accuracy"] = Json::array();
  sample.records[2].result.data["name"] = nullptr;
  sample.records[3].result.data["train"] = "many";
  const Analysis all = analyze(gather(sample.manifest, sample.records));
  CHECK(all.results.arms[0].wall_seconds.n == 4);
  CHECK(all.results.arms[0].test_accuracy.n == 4);
  CHECK(all.results.problems.texts().size() == 3);
}

TEST_CASE("files in records/ that are no record are named, and none is read without a word") {
  const test::TemporaryFolder folder;
  const auto sample = sample::norm_compare();
  const auto store = written(folder.path(), sample);
  std::ofstream(folder.path() / "records/half.json") << "{\"trial\": ";
  const auto damaged = analyze(store).results.damaged;
  REQUIRE(damaged.size() == 1);
  CHECK(damaged[0].file.filename() == "half.json");
  CHECK(damaged[0].damage == "it is not JSON, or incomplete");
  for (const auto& record : sample.records) {
    std::ofstream(folder.path() / "records" / (record.trial + ".json")) << "{";
  }
  try {
    analyze(store);
    FAIL("made an analysis of no record");
  } catch (const Error& error) {
    CHECK(error.code() == ExitCode::environment);
    CHECK(std::string(error.what()).find("none of the 26 records in") != std::string::npos);
  }
}

TEST_CASE("the thresholds are those of the plan") {
  const test::TemporaryFolder folder;
  auto sample = sample::lr_sweep();
  CHECK(analyze(written(folder.path(), sample)).thresholds.trains == 0.9);
  sample.manifest.thresholds = {.chance = 0.5, .trains = 0.1};
  const Analysis all = analyze(written(folder.path(), sample));
  CHECK(all.thresholds.chance == 0.5);
  CHECK(all.usable[0].usable == std::vector<double>{0.001, 0.01, 0.1});
}

TEST_CASE("the time of an analysis grows with the number of arms, not with its square") {
  // One swept key, so that every arm is a level of it: the worst case.
  const auto seconds = [](std::size_t count) {
    store::Manifest manifest;
    manifest.swept = {"train.optimizer.lr"};
    for (std::size_t i = 0; i < count; ++i) {
      manifest.arms.push_back({"", {{"train.optimizer.lr", 1e-4 * static_cast<double>(i + 1)}}});
      manifest.trials.push_back({std::to_string(i), i, 1});
    }
    const std::clock_t start = std::clock();
    CHECK(analyze(gather(manifest, {})).usable.at(0).rates == count);
    return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  };
  // Both counts are large, so that what a count costs is not a matter of caches, nor of memory's first use.
  const double few = std::min({seconds(8000), seconds(8000), seconds(8000)});
  const double many = std::min({seconds(32000), seconds(32000), seconds(32000)});
  CAPTURE(few, many);
  CHECK(many < 9 * few);  // about 4 times if it grows with the number, 16 times if with its square
}

TEST_CASE("a store without records has an analysis of missing trials") {
  const test::TemporaryFolder folder;
  auto sample = sample::norm_compare();
  sample.records.clear();
  CHECK(analyze(written(folder.path(), sample)).results.counts[std::nullopt] == 25);
}

}  // namespace bnexp::analysis
