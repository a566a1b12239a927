#include "analysis/comparisons.h"

#include "analysis/ranking.h"
#include "analysis/sample.h"
#include "analysis/usable_range.h"
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

TEST_CASE("arms are compared with the level none, everything else equal, by seed") {
  const auto store = sample::lr_sweep();
  const Results results = gather(store.manifest, store.records);
  const Comparisons all = compare(results, {}, {});
  CHECK(all.baseline == "norm=none");
  CHECK(all.margin == 0.2);
  REQUIRE(all.matched.size() == 4);
  CHECK(all.matched[0].where == "lr=0.001");
  CHECK(all.matched[0].level == "batch");
  CHECK(all.matched[0].baseline == "none");
  CHECK(all.matched[0].statistics.difference.n == 3);
  CHECK(all.matched[3].where == "lr=1");
  CHECK(all.matched[3].statistics.difference.n == 0);
  REQUIRE(all.best.size() == 1);
  CHECK(all.best[0].arm->label.starts_with("norm=batch"));
}

TEST_CASE("where failures differ, the verdict is about them") {
  const auto store = sample::lr_sweep();  // none diverges at lr 1 in 3 of 3 trials, batch in none
  const Results results = gather(store.manifest, store.records);
  const Compared row = compare(results, {}, {}).matched.at(3);
  CHECK(row.by_failures);
  CHECK(row.failures.events == 0);
  CHECK(row.baseline_failures.events == 3);
  CHECK(*row.statistics.p == Approx(0.1));
  CHECK(row.statistics.verdict == stats::Verdict::undecided);  // 3 against 0 of 3 is no evidence at 5 %
}

TEST_CASE("the suite's baseline, metric and margin are used") {
  const auto store = sample::norm_compare();
  const Results results = gather(store.manifest, store.records);
  config::CompareSpec spec;
  spec.baseline = {{"norm", {"layer"}}};
  spec.metric = "test_loss";
  const Comparisons all = compare(results, spec, {});
  CHECK(all.baseline == "norm=layer");
  CHECK(all.margin == 0);
  CHECK(all.metric.name() == "test_loss");
  CHECK(all.matched.size() == 4);
  CHECK(all.best.empty());
}

TEST_CASE("keys that vary together are one key with one label") {
  std::vector<store::Manifest::Arm> arms;
  for (const auto& [batch, rate] : {std::pair(8, 0.0125), {64, 0.1}}) {
    arms.push_back({"", {{"train.batch_size", batch}, {"train.optimizer.lr", rate}}, nullptr, nullptr});
    arms.back().label = "batch_size=" + std::to_string(batch);
  }
  auto store = sample::planned("zip", "?", {"train.batch_size", "train.optimizer.lr"}, arms, 2);
  store.manifest.zipped = store.manifest.swept;
  const Results results = gather(store.manifest, store.records);
  REQUIRE(results.keys.size() == 1);
  CHECK(results.keys[0].name == "batch_size, lr");
  CHECK(results.keys[0].levels[1] == "batch_size=64, lr=0.1");
  CHECK(label_of({&results.keys.front()}, results.arms[1].values) == "batch_size=64, lr=0.1");
  CHECK(learning_rate(results) == nullptr);  // rates of other batch sizes are not one range
}

TEST_CASE("chance level is two points around one in ten") {
  auto store = two_arms();
  for (const auto& [value, expected] : {std::pair(0.1135, true), {0.085, true}, {0.121, false}, {0.97, false}}) {
    store.records[0].result.metrics["test_accuracy"] = value;
    const Results results = gather(store.manifest, store.records);
    CHECK(at_chance(results.arms[0].trials[0], {}) == expected);
  }
}

TEST_CASE("where one arm reaches an accuracy and the other never does, that decides") {
  auto store = sample::norms_at_rates("reach", 6);
  for (auto& record : store.records) {
    const bool reaches = record.arm.starts_with("norm=batch");
    for (auto& row : record.result.history) row["validation_accuracy"] = reaches ? 0.95 : 0.5;
  }
  const Results results = gather(store.manifest, store.records);
  config::CompareSpec spec;
  spec.metric = "steps_to_accuracy";
  for (const auto& looks : {std::optional<Looks>(), std::optional(Looks{.first = 6, .most = 12})}) {
    const Comparisons all = compare(results, spec, {}, looks);
    REQUIRE(all.matched.size() == 2);
    CHECK(all.matched[0].by_failures);
    CHECK(all.matched[0].baseline_failures.events == 6);
    CHECK(all.matched[0].failures.events == 0);
    if (!looks) CHECK(all.matched[0].statistics.verdict == stats::Verdict::better);
  }
}

TEST_CASE("a trial that crashed or timed out counts as a failure, and leaves no comparison open") {
  auto store = sample::norms_at_rates("crashes", 6);
  for (auto& record : store.records) {
    if (record.arm != "norm=none, lr=0.1") continue;
    record.result.status = record.seed % 2 == 0 ? train::Status::timeout : train::Status::crashed;
  }
  const Results results = gather(store.manifest, store.records);
  const Comparisons all = compare(results, {}, {});
  REQUIRE(all.matched.size() == 2);
  CHECK(all.matched[1].by_failures);
  CHECK(all.matched[1].baseline_failures.events == 6);
  CHECK(all.matched[1].statistics.verdict == stats::Verdict::better);
  CHECK(results.arms[1].open() == 0);
}

}  // namespace bnexp::analysis
