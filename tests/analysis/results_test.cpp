#include "analysis/results.h"

#include <algorithm>

#include "analysis/sample.h"
#include "base/error.h"
#include "support/catch.h"

namespace bnexp::analysis {

TEST_CASE("planned trials without a record stay in the denominator") {
  auto store = sample::lr_sweep();
  store.records.pop_back();
  const Results results = gather(store.manifest, store.records);
  CHECK(results.trials == 24);
  CHECK(results.counts[std::nullopt] == 1);
  CHECK(results.arms.back().ok() == 2);
  CHECK(results.arms.back().counts[std::nullopt] == 1);
  CHECK_FALSE(results.arms.back().complete());
}

TEST_CASE("a diverged trial is counted and never averaged") {
  const auto store = sample::lr_sweep();
  const Results results = gather(store.manifest, store.records);
  const Arm& arm = results.arms[3];
  CHECK(arm.label == "norm=none, lr=1");
  CHECK(arm.counts[train::Status::diverged] == 3);
  CHECK(arm.test_accuracy.n == 0);
}

TEST_CASE("without a plan the arms are those of the records") {
  const auto store = sample::lr_sweep();
  const Results results = gather(std::nullopt, store.records);
  CHECK_FALSE(results.planned);
  CHECK(results.suite == "lr_sweep");
  REQUIRE(results.arms.size() == 8);
  for (const auto& arm : results.arms) CHECK(arm.trials.size() == 3);
  CHECK(results.arms[0].trials[0].seed == 1);
  REQUIRE(results.keys.size() == 2);
}

TEST_CASE("the order of the records changes nothing") {
  auto store = sample::lr_sweep();
  const Results one = gather(std::nullopt, store.records);
  std::reverse(store.records.begin(), store.records.end());
  const Results other = gather(std::nullopt, store.records);
  REQUIRE(one.arms.size() == other.arms.size());
  for (std::size_t i = 0; i < one.arms.size(); ++i) {
    CHECK(one.arms[i].label == other.arms[i].label);
    for (std::size_t j = 0; j < 3; ++j) CHECK(one.arms[i].trials[j].id == other.arms[i].trials[j].id);
  }
}

TEST_CASE("without a plan, arms of one label but other settings are told apart by what differs") {
  auto store = sample::norm_compare();
  auto longer = store.records;
  for (auto& record : longer) {
    record.settings["train"]["epochs"] = 10;
    record.trial[0] = record.trial[0] == 'a' ? 'b' : 'a';
  }
  store.records.insert(store.records.end(), longer.begin(), longer.end());
  const Results results = gather(std::nullopt, store.records);
  CHECK(results.arms.size() == 10);
  CHECK(std::any_of(results.arms.begin(), results.arms.end(),
                    [](const Arm& arm) { return arm.label == "norm=batch, train.epochs=10"; }));
  CHECK(std::any_of(results.keys.begin(), results.keys.end(),
                    [](const Key& key) { return key.path == "train.epochs" && key.levels.size() == 2; }));
}

TEST_CASE("records of another plan are left out and counted") {
  auto store = sample::norm_compare();
  store.manifest.trials.resize(20);
  const Results results = gather(store.manifest, store.records);
  CHECK(results.trials == 20);
  CHECK(results.outside_plan == 5);
}

TEST_CASE("a plan that gives a trial to an arm it lacks is refused") {
  auto store = sample::norm_compare();
  store.manifest.trials[3].arm = 99;
  CHECK_THROWS_AS(gather(store.manifest, store.records), Error);
}

TEST_CASE("swept keys are known by their shortest distinct tail, scale and levels") {
  store::Manifest manifest;
  manifest.swept = {"norm.momentum", "train.optimizer.momentum", "train.optimizer.lr"};
  for (double lr : {1.0, 0.001}) {
    for (const Json& momentum : {Json(), Json(0.5), Json(0.1)}) {
      manifest.arms.push_back(
          {"", {{"norm.momentum", momentum}, {"train.optimizer.momentum", 0.9 * lr}, {"train.optimizer.lr", lr}}});
    }
  }
  const Results results = gather(manifest, {});
  REQUIRE(results.keys.size() == 3);
  CHECK(results.keys[0].name == "norm.momentum");
  CHECK(results.keys[0].levels == std::vector<Json>{0.1, 0.5, nullptr});
  CHECK_FALSE(results.keys[0].numeric);
  CHECK(results.keys[1].name == "optimizer.momentum");
  CHECK(results.keys[2].name == "lr");
  CHECK(results.keys[2].logarithmic);
  CHECK(results.keys[2].levels == std::vector<Json>{0.001, 1.0});
}

}  // namespace bnexp::analysis
