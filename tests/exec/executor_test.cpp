#include "exec/executor.h"

#include <fmt/format.h>
#include <unistd.h>

#include "base/error.h"
#include "base/machine.h"
#include "config/settings/catalog.h"
#include "exec/recorder.h"
#include "support/catch.h"

using namespace bnexp;
using test::RecordedWork;

// What every executor promises that trains here, of each that there is.

namespace {

std::vector<std::string> local_executors() {
  std::vector<std::string> names = exec::executor_names();
  std::erase_if(names, [](const std::string& name) { return !exec::trains_here(name); });
  return names;
}

std::unique_ptr<exec::Executor> make(const std::string& name, const exec::Execution& execution) {
  return exec::make_executor(config::default_variant("executor", name), execution,
                             {test::fake_train, {test::fake_data()}});
}

}  // namespace

TEST_CASE("an executor trains every job once and reports how it ended") {
  const std::string name = GENERATE(from_range(local_executors()));
  CAPTURE(name);
  RecordedWork work({{{"do", "train"}}, {{"do", "throw"}}, {{"do", "bad_alloc"}}, {{"do", "nan"}}, {{"do", "train"}}});
  make(name, {.jobs = 2})->run(work);
  REQUIRE(work.results.size() == 5);
  CHECK(work.status(0) == "ok");
  CHECK(work.result(0).metrics.at("test_accuracy") == 0.5);
  CHECK(work.result(0).history.at(0).at("train_loss").get<double>() == 42);
  CHECK(work.status(1) == "failed");
  CHECK(work.result(1).failure->message == "the fake throws");
  CHECK(work.status(2) == "oom");
  CHECK(work.status(3) == "failed");
  CHECK(work.result(3).failure->message == "/metrics/test_loss is not a finite number");
  CHECK(work.status(4) == "ok");
}

TEST_CASE("a trial that couldn't report itself still says which data it was on and how long it ran") {
  RecordedWork work(test::repeat(1, {{"do", "throw"}}));
  make(GENERATE(from_range(local_executors())), {})->run(work);
  CHECK(work.result(0).data ==
        Json{{"name", "fake"}, {"sha256", std::string(64, 'f')}, {"train", 4}, {"validation", 0}, {"test", 4}});
  CHECK(work.result(0).timing.at("wall_s").get<double>() >= 0);
  CHECK(work.result(0).timing.at("started_at").get<std::string>().size() == 20);
}

TEST_CASE("an executor reports progress") {
  RecordedWork work(test::repeat(1, {{"do", "train"}, {"steps", 8}, {"step_ms", 60}}));
  make(GENERATE(from_range(local_executors())), {})->run(work);
  REQUIRE(work.progressed.contains("0"));
  CHECK(work.progressed.at("0").steps == 8);
  CHECK(work.progressed.at("0").loss > 40);
  CHECK_FALSE(work.progressed.at("0").accuracy);
}

TEST_CASE("a trial that takes longer than it may is a timeout and the next one is trained") {
  RecordedWork work({{{"do", "train"}, {"steps", 1000000}, {"step_ms", 5}}, {{"do", "train"}}});
  make(GENERATE(from_range(local_executors())), {.limits = {.time_s = 0.3}})->run(work);
  CHECK(work.status(0) == "timeout");
  CHECK(work.result(0).failure->message == "took longer than 300ms");
  CHECK(work.status(1) == "ok");
}

TEST_CASE("a trial that takes more memory than it may is out of memory and the next one is trained") {
  RecordedWork work({{{"do", "train"}, {"steps", 1000000}, {"step_ms", 5}, {"mb", 400}}, {{"do", "train"}}});
  const double most_mb = 200 + 1e-6 * static_cast<double>(resident_bytes(getpid()));
  make(GENERATE(from_range(local_executors())), {.limits = {.time_s = 60, .memory_mb = most_mb}})->run(work);
  CHECK(work.status(0) == "oom");
  CHECK(work.result(0).failure->message == fmt::format("used more than {:g} MB of memory (limits.memory_mb)", most_mb));
  CHECK(work.status(1) == "ok");
}

TEST_CASE("a request to stop ends what runs as interrupted and leaves the rest alone") {
  exec::Stop stop;
  RecordedWork work(test::repeat(3, {{"do", "train"}, {"steps", 1000000}, {"step_ms", 5}}));
  work.advanced = [&](const exec::Job&) { stop.request(); };
  make(GENERATE(from_range(local_executors())), {.stop = &stop})->run(work);
  REQUIRE(work.results.size() == 1);
  CHECK(work.status(0) == "interrupted");
  CHECK(work.left() == 2);
}

TEST_CASE("what the work throws ends the run and is thrown on") {
  RecordedWork work(test::repeat(4, {{"do", "train"}}));
  work.finished = [](const exec::Job&) { throw environment_error("the disk is full"); };
  const auto executor = make(GENERATE(from_range(local_executors())), {.jobs = 2});
  CHECK_THROWS_WITH(executor->run(work), "the disk is full");
}

TEST_CASE("an unknown executor is refused with the names of those there are") {
  try {
    exec::make_executor({.name = "cloud"}, {}, {});
    FAIL("was made");
  } catch (const Error& error) {
    CHECK(error.code() == ExitCode::usage);
    CHECK(error.hint() == "valid: inline, slurm, workers");
  }
}
