#include "analysis/comparisons.h"

#include "analysis/ranking.h"
#include "analysis/sample.h"
#include "support/catch.h"

namespace bnexp::analysis {
namespace {

Json accuracy(double test, double validation) {
  return {{"test_accuracy", test},
          {"validation_accuracy", validation},
          {"test_loss", 0.1},
          {"train_loss", 0.1},
          {"steps", 1},
          {"parameters", 1}};
}

sample::Store two_arms() {
  return sample::planned("two", "?", {"norm"}, {{"norm=none", {{"norm", "none"}}}, {"norm=batch", {{"norm", "batch"}}}},
                         2);
}

}  // namespace

TEST_CASE("the best arm is chosen by validation, not by the accuracy it is reported with") {
  auto store = two_arms();
  for (auto& record : store.records) {
    record.result.metrics = record.arm == "norm=none" ? accuracy(0.99, 0.95) : accuracy(0.98, 0.96);
  }
  const Results results = gather(store.manifest, store.records);
  const Ranking ranking = rank(results.all_arms());
  CHECK(ranking.by_validation);
  CHECK(ranking.arms[0]->label == "norm=batch");
}

TEST_CASE("without a validation accuracy in every record the test accuracy has to do, and that is known") {
  auto store = two_arms();
  store.records[0].result.metrics.erase("validation_accuracy");
  const Results results = gather(store.manifest, store.records);
  CHECK_FALSE(rank(results.all_arms()).by_validation);
}

TEST_CASE("an arm with a diverged trial ranks behind those without, whatever its survivors reach") {
  auto store = two_arms();
  for (auto& record : store.records) {
    record.result.metrics = record.arm == "norm=none" ? accuracy(0.99, 0.99) : accuracy(0.5, 0.5);
  }
  sample::diverge(store.records[0], 3);
  const Results results = gather(store.manifest, store.records);
  const Ranking ranking = rank(results.all_arms());
  REQUIRE(ranking.arms.size() == 2);
  CHECK(ranking.arms[0]->label == "norm=batch");
}

TEST_CASE("a learning rate is usable only when every planned trial is finite and above 90 %") {
  auto store = sample::lr_sweep();
  for (auto& record : store.records) {
    if (record.result.status == train::Status::ok) record.result.metrics["test_accuracy"] = 0.97;
  }
  store.records[0].result.metrics["test_accuracy"] = 0.90;   // none, 0.001: one trial not above
  store.records[15].result.status = train::Status::crashed;  // batch, 0.01: nothing is known
  const Results results = gather(store.manifest, store.records);
  const auto ranges = usable_ranges(results, {});
  REQUIRE(ranges.size() == 2);
  CHECK(ranges[0].label == "norm=none");
  CHECK(ranges[0].rates == 4);
  CHECK(ranges[0].usable == std::vector<double>{0.01, 0.1});
  CHECK(ranges[1].usable == std::vector<double>{0.001, 0.1, 1.0});
  CHECK(ranges[1].undecided == std::vector<double>{0.01});
}

TEST_CASE("one trial short of the mark decides, though others are missing") {
  auto store = sample::lr_sweep();
  store.records[0].result.metrics["test_accuracy"] = 0.5;
  store.records.erase(store.records.begin() + 1);
  const Results results = gather(store.manifest, store.records);
  CHECK(usable_ranges(results, {})[0].undecided.empty());
}

TEST_CASE("contrasts compare with 'none', everything else equal, by seed") {
  const auto store = sample::lr_sweep();
  const Results results = gather(store.manifest, store.records);
  const auto pairs = contrasts(results);
  REQUIRE(pairs.size() == 4);
  CHECK(pairs[0].where == "lr=0.001");
  CHECK(pairs[0].level == "batch");
  CHECK(pairs[0].baseline == "none");
  CHECK(pairs[0].difference.n == 3);
  CHECK(pairs[3].where == "lr=1");
  CHECK(pairs[3].difference.n == 0);
}

TEST_CASE("chance level is two points around one in ten") {
  auto store = two_arms();
  for (const auto& [value, expected] : {std::pair(0.1135, true), {0.085, true}, {0.121, false}, {0.97, false}}) {
    store.records[0].result.metrics["test_accuracy"] = value;
    const Results results = gather(store.manifest, store.records);
    CHECK(at_chance(results.arms[0].trials[0], {}) == expected);
  }
}

}  // namespace bnexp::analysis
