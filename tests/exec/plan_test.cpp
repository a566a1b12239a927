#include "exec/plan.h"

#include "exec/fake.h"
#include "support/catch.h"
#include "support/temporary_folder.h"

using namespace bnexp;

namespace {

// A record of `trial` as another run would have left it.
store::Record record_of(const exec::PlannedTrial& trial, train::Status status, double wall_s) {
  store::Record record{.trial = trial.trial, .suite = "fake", .arm = "all", .settings = trial.source->settings};
  record.result.status = status;
  record.result.data = {{"name", "fake"}, {"sha256", trial.data_sha256}, {"train", 3}, {"validation", 1}, {"test", 4}};
  record.result.metrics = {{"steps", 10}};
  record.result.timing = {{"wall_s", wall_s}};
  return record;
}

}  // namespace

TEST_CASE("without a store nothing is cached and no duration is known") {
  const config::Suite suite = test::fake_suite(test::repeat(3, {{"do", "train"}}));
  const exec::Plan plan = exec::make_plan(suite, test::fake_sources(), nullptr);
  CHECK(plan.trials.size() == 3);
  CHECK(plan.to_run() == 3);
  CHECK_FALSE(plan.seconds(2));
  CHECK(plan.trials[0].trial != plan.trials[1].trial);
}

TEST_CASE("ok and diverged trials are cached, every other outcome is trained again") {
  const test::TemporaryFolder folder;
  const store::Store store = store::Store::create(folder.path());
  const config::Suite suite = test::fake_suite(test::repeat(8, {{"do", "train"}}));
  exec::Plan plan = exec::make_plan(suite, test::fake_sources(), &store);
  for (std::size_t i = 0; i < train::kStatusNames.size(); ++i) {
    store.write(record_of(plan.trials[i], train::kStatusNames[i].first, 1));
  }
  plan = exec::make_plan(suite, test::fake_sources(), &store);
  CHECK(plan.cached() == 2);
  CHECK(plan.trials[0].cached());
  CHECK(plan.trials[1].cached());
  CHECK(plan.trials[2].status == train::Status::timeout);
  CHECK_FALSE(plan.trials[7].status);
}

TEST_CASE("durations are estimated from finished trials of the same kind") {
  const test::TemporaryFolder folder;
  const store::Store store = store::Store::create(folder.path());
  const config::Suite suite = test::fake_suite(test::repeat(7, {{"do", "train"}}));
  exec::Plan plan = exec::make_plan(suite, test::fake_sources(), &store);
  const std::vector<double> walls{50, 1, 2};  // of 10 steps; the trials to come take 100
  for (std::size_t i = 0; i < walls.size(); ++i) {
    store.write(record_of(plan.trials[4 + i], train::Status::ok, walls[i]));
  }
  plan = exec::make_plan(suite, test::fake_sources(), &store);
  REQUIRE(plan.to_run() == 4);
  CHECK(*plan.trials[0].seconds == Approx(20));
  CHECK(*plan.seconds(1) == Approx(80));
  CHECK(*plan.seconds(2) == Approx(40));
  CHECK(*plan.seconds(100) == Approx(20));

  config::Suite larger = suite;
  for (auto& trial : larger.trials) trial.settings["train"]["batch_size"] = 64;
  CHECK_FALSE(exec::make_plan(larger, test::fake_sources(), &store).seconds(1));
}

TEST_CASE("the manifest lists every planned trial with its arm and seed") {
  config::Suite suite = test::fake_suite(test::repeat(2, {{"do", "train"}}));
  suite.chance_accuracy = 0.25;
  suite.trains_above = 0.75;
  const exec::Plan plan = exec::make_plan(suite, test::fake_sources(), nullptr);
  const store::Manifest manifest = exec::manifest(suite, plan);
  CHECK(manifest.name == "fake");
  CHECK(manifest.thresholds.chance == 0.25);
  CHECK(manifest.thresholds.trains == 0.75);
  CHECK(manifest.arms.at(0).label == "all");
  REQUIRE(manifest.trials.size() == 2);
  CHECK(manifest.trials[1].trial == plan.trials[1].trial);
  CHECK(manifest.trials[1].seed == 1);
}
