// Trials that go on after a crash, and runs that end before all is done.
#include <signal.h>

#include <chrono>
#include <fstream>
#include <map>

#include "base/error.h"
#include "base/files.h"
#include "base/safetensors.h"
#include "exec/runs.h"
#include "exec/session.h"
#include "support/catch.h"
#include "support/temporary_folder.h"
#include "train/state_version.h"

using namespace bnexp;
using test::run;
namespace fs = std::filesystem;

TEST_CASE("a trial whose worker dies goes on from its checkpoint, which goes when the trial is finished") {
  const config::Suite suite = test::fake_suite({{{"do", "checkpoint"}}, {{"do", "train"}}});
  const test::TemporaryFolder folder;
  const exec::Summary summary = run(suite, folder.path());
  CHECK(summary.statuses == std::map<train::Status, std::size_t>{{train::Status::ok, 2}});
  CHECK(fs::is_empty(folder.path() / "checkpoints"));
  CHECK(fs::is_empty(folder.path() / "leases"));
}

TEST_CASE("a checkpoint that is not usable is set aside, and said so") {
  const config::Suite suite = test::fake_suite({{{"do", "checkpoint"}}});
  const test::TemporaryFolder folder;
  const exec::Plan plan = test::fake_plan(suite, nullptr);
  const fs::path file = store::checkpoint_file(folder.path(), plan.trials[0].trial);
  fs::create_directories(file.parent_path());
  std::ofstream(file) << "other bytes";
  struct : exec::Listener {
    void on_notice(const exec::PlannedTrial&, const std::string& text) override { notice = text; }
    std::string notice;
  } listener;
  test::fake_run(suite, folder.path(), test::fake_options(1), listener);
  CHECK(listener.notice.starts_with("the fake does not know these bytes; it is set aside as "));
  CHECK(read_whole(file.string() + ".damaged") == "other bytes");
}

TEST_CASE("a checkpoint of a newer release stays as it is, its trial is not trained, and the others are") {
  const config::Suite suite = test::fake_suite(test::repeat(3, {{"do", "train"}}));
  const test::TemporaryFolder folder;
  const std::string trial = test::fake_plan(suite, nullptr).trials[1].trial;
  const fs::path file = store::checkpoint_file(folder.path(), trial);
  fs::create_directories(file.parent_path());
  const std::string newer = safetensors::write({}, {{train::kStateKey, R"({"schema_version": 3})"}});
  std::ofstream(file) << newer;
  const exec::Summary summary = run(suite, folder.path(), 1);
  CHECK(summary.trained == 2);
  CHECK(summary.missing() == 1);
  CHECK_FALSE(summary.interrupted);
  REQUIRE(summary.newer_checkpoint);
  CHECK(summary.newer_checkpoint->code() == ExitCode::environment);
  CHECK(std::string(summary.newer_checkpoint->what()) ==
        file.string() + " is a checkpoint of version 3, and this bnexp reads versions 1 to 2");
  CHECK(read_whole(file) == newer);
  CHECK(std::distance(fs::directory_iterator(file.parent_path()), {}) == 1);
  CHECK(fs::is_empty(folder.path() / "leases"));
  fs::remove(file);
  CHECK(run(suite, folder.path(), 1).all_ok());
}

TEST_CASE("checkpoints of finished trials, which a killed run has left, are removed") {
  const config::Suite suite = test::fake_suite({{{"do", "train"}}});
  const test::TemporaryFolder folder;
  run(suite, folder.path());
  const auto trial = store::Store::open(folder.path()).records().readable.at(0).trial;
  const fs::path file = store::checkpoint_file(folder.path(), trial);
  fs::create_directories(file.parent_path());
  std::ofstream(file) << "half";
  run(suite, folder.path());
  CHECK_FALSE(fs::exists(file));
}

TEST_CASE("a run ends when five workers crash one after another; each of the crashes has its record") {
  std::vector<Json> behaviours = test::repeat(8, {{"do", "kill"}});
  behaviours.insert(behaviours.begin(), Json{{"do", "train"}});
  const test::TemporaryFolder folder;
  try {
    run(test::fake_suite(behaviours), folder.path(), 1);
    FAIL("did not end");
  } catch (const Error& error) {
    CHECK(error.code() == ExitCode::environment);
    CHECK(std::string(error.what()).starts_with("5 workers crashed one after another"));
    CHECK(std::string(error.what()).find("killed by signal 9") != std::string::npos);
    CHECK(error.hint().find("`bnexp retry " + folder.path().string() + " --executor inline`") != std::string::npos);
  }
  std::map<train::Status, int> statuses;
  for (const auto& record : store::Store::open(folder.path()).records().readable) {
    ++statuses[record.result.status];
    if (record.result.status == train::Status::crashed) CHECK(record.result.failure->signal == SIGKILL);
  }
  CHECK(statuses == std::map<train::Status, int>{{train::Status::ok, 1}, {train::Status::crashed, 5}});
  CHECK(fs::is_empty(folder.path() / "leases"));
}

TEST_CASE("a trial that takes longer than the time of a run is started, stopped when it is over, and goes on later") {
  const config::Suite suite = test::fake_suite(test::repeat(3, {{"do", "train"}, {"wall_s", 5000}}));
  const test::TemporaryFolder folder;
  const auto run_for = [&](double seconds, const config::Suite& what) {
    exec::Stop stop;
    exec::Listener nobody;
    auto options = test::fake_options(1);
    options.execution.stop = &stop;
    const auto time = std::chrono::duration<double>(seconds);
    options.end =
        std::chrono::steady_clock::now() + std::chrono::duration_cast<std::chrono::steady_clock::duration>(time);
    return test::fake_run(what, folder.path(), std::move(options), nobody);
  };
  const auto first = run_for(60, suite);  // each is believed to take more than an hour
  CHECK(first.all_ok());
  CHECK_FALSE(first.interrupted);
  const config::Suite endless = test::fake_suite(test::repeat(4, {{"do", "train"}, {"steps", 100000}, {"step_ms", 5}}));
  const auto second = run_for(0.5, endless);
  CHECK(second.statuses == std::map<train::Status, std::size_t>{{train::Status::interrupted, 1}});
  CHECK(second.interrupted);
  const auto none = run_for(0, endless);
  CHECK(none.trained == 0);
  CHECK(none.interrupted);
}
