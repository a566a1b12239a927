#include "exec/plan.h"

#include <fstream>
#include <map>

#include "base/error.h"
#include "exec/fake.h"
#include "support/catch.h"
#include "support/temporary_folder.h"

using namespace bnexp;

namespace {

// A record of `trial` as another run would have left it.
store::Record record_of(const exec::Plan& plan, std::size_t number, train::Status status, double wall_s) {
  const exec::PlannedTrial& trial = plan.trials[number];
  const Json settings = plan.settings(trial);
  store::Record record{.trial = trial.trial,
                       .suite = "fake",
                       .arm = "all",
                       .settings = settings,
                       .semantics = store::semantics_of(settings)};
  record.result.status = status;
  record.result.data = {{"name", "fake"}, {"sha256", trial.data_sha256}, {"train", 3}, {"validation", 1}, {"test", 4}};
  record.result.metrics = {{"steps", 10}};
  record.result.timing = {{"wall_s", wall_s}};
  return record;
}

}  // namespace

TEST_CASE("without a store nothing is cached and no duration is known") {
  const config::Suite suite = test::fake_suite(test::repeat(3, {{"do", "train"}}));
  const exec::Plan plan = test::fake_plan(suite, nullptr);
  CHECK(plan.trials.size() == 3);
  CHECK(plan.to_run() == 3);
  CHECK_FALSE(plan.seconds(2));
  CHECK(plan.trials[0].trial != plan.trials[1].trial);
}

TEST_CASE("a trial is trained if it has no record or was interrupted; after another failure only a retry trains it") {
  const test::TemporaryFolder folder;
  const store::Store store = store::Store::create(folder.path());
  const config::Suite suite = test::fake_suite(test::repeat(8, {{"do", "train"}}));
  exec::Plan plan = test::fake_plan(suite, &store);
  for (std::size_t i = 0; i < train::kStatusNames.size(); ++i) {
    store.write(record_of(plan, i, train::kStatusNames[i].first, 1));
  }
  plan = test::fake_plan(suite, &store);
  std::map<std::string, std::string> fates;
  for (auto& trial : plan.trials) {
    std::string& fate = fates[trial.status ? train::to_string(*trial.status) : "missing"];
    fate = trial.cached() ? "kept" : "trained";
    if (trial.needs_retry()) fate += " until a retry";
    trial.again = trial.needs_retry();
  }
  CHECK(fates == std::map<std::string, std::string>{{"ok", "kept"},
                                                    {"diverged", "kept"},
                                                    {"timeout", "kept until a retry"},
                                                    {"crashed", "kept until a retry"},
                                                    {"oom", "kept until a retry"},
                                                    {"failed", "kept until a retry"},
                                                    {"interrupted", "trained"},
                                                    {"missing", "trained"}});
  CHECK(plan.to_run() == 6);
  CHECK(plan.seconds(1));  // also of those that are trained again
}

TEST_CASE("durations are estimated from finished trials of the same kind") {
  const test::TemporaryFolder folder;
  const store::Store store = store::Store::create(folder.path());
  const config::Suite suite = test::fake_suite(test::repeat(7, {{"do", "train"}}));
  exec::Plan plan = test::fake_plan(suite, &store);
  const std::vector<double> walls{50, 1, 2};  // of 10 steps; the trials to come take 100
  for (std::size_t i = 0; i < walls.size(); ++i) {
    store.write(record_of(plan, 4 + i, train::Status::ok, walls[i]));
  }
  plan = test::fake_plan(suite, &store);
  REQUIRE(plan.to_run() == 4);
  CHECK(*plan.trials[0].seconds == Approx(20));
  CHECK(*plan.seconds(1) == Approx(80));
  CHECK(*plan.seconds(2) == Approx(40));
  CHECK(*plan.seconds(100) == Approx(20));

  config::Suite larger = suite;
  for (auto& trial : larger.trials) trial.settings["train"]["batch_size"] = 64;
  CHECK_FALSE(test::fake_plan(larger, &store).seconds(1));
}

TEST_CASE("a damaged record is planned as missing and reported, one that can't be read ends the plan") {
  const test::TemporaryFolder folder;
  const store::Store store = store::Store::create(folder.path());
  const config::Suite suite = test::fake_suite(test::repeat(2, {{"do", "train"}}));
  const exec::Plan before = test::fake_plan(suite, &store);
  const auto file = folder.path() / "records" / (before.trials[1].trial + ".json");
  std::ofstream(file) << "{";
  const exec::Plan plan = test::fake_plan(suite, &store);
  CHECK(plan.trials[0].damage.empty());
  CHECK(plan.trials[1].damage == "it is not JSON, or incomplete");
  CHECK(plan.to_run() == 2);
  std::filesystem::remove(file);
  std::filesystem::create_symlink(file.filename(), file);  // to itself
  std::string complaint;
  try {
    test::fake_plan(suite, &store);
  } catch (const Error& error) {
    complaint = error.what();
  }
  CHECK(complaint == "cannot read " + file.string() + ": Too many levels of symbolic links");
}

TEST_CASE("the manifest has all that a process elsewhere needs to train a trial") {
  config::Suite suite = test::fake_suite({{{"do", "train"}}, {{"do", "throw"}}});
  suite.chance_accuracy = 0.25;
  suite.trains_above = 0.75;
  suite.limits = {.time_s = 60};
  const auto manifest = test::fake_plan(suite, nullptr, /*weights=*/true).manifest;
  const store::Manifest read = store::manifest_from_json(Json::parse(to_file(store::to_json(manifest))), "here");
  CHECK(read.name == "fake");
  CHECK(read.folder == "/fake");
  CHECK(read.weights);
  CHECK(read.thresholds.chance == 0.25);
  CHECK(read.thresholds.trains == 0.75);
  CHECK(read.limits.time_s == 60);
  CHECK_FALSE(read.limits.memory_mb);
  REQUIRE(read.trials.size() == 2);
  CHECK(read.trials[1].seed == 1);
  CHECK(read.arms[1].data_sha256 == std::string(64, 'f'));
  CHECK(store::settings_of(read, read.trials[1]) == suite.trials[1].settings);
  CHECK(store::trial_id(store::settings_of(read, read.trials[1]), read.arms[1].data_sha256) == read.trials[1].trial);
}
