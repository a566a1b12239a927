#include "exec/session.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "base/error.h"
#include "base/files.h"
#include "config/settings/catalog.h"
#include "exec/runs.h"
#include "support/catch.h"
#include "support/temporary_folder.h"

using namespace bnexp;
using test::contents;
using test::Counter;
using test::run;
namespace fs = std::filesystem;

TEST_CASE("weights are kept beside the records when they are asked for, whatever the executor, and else not") {
  const config::Suite suite = test::fake_suite({{{"do", "train"}}, {{"do", "throw"}}, {{"do", "train"}}});
  const auto plain = test::TemporaryFolder();
  run(suite, plain.path());
  CHECK_FALSE(fs::exists(plain.path() / "weights"));
  for (const char* executor : {"workers", "inline"}) {
    INFO(executor);
    const test::TemporaryFolder folder;
    exec::Listener nobody;
    auto options = test::fake_options(2);
    options.executor = config::default_variant("executor", executor);
    test::fake_run(suite, folder.path(), std::move(options), nobody, /*weights=*/true);
    std::map<std::string, std::string> expected, kept;
    for (const auto& record : store::Store::open(folder.path()).records().readable) {
      if (record.result.status != train::Status::ok) continue;
      expected[record.trial + ".safetensors"] = "weights of seed " + std::to_string(record.seed);
    }
    for (const auto& entry : fs::directory_iterator(folder.path() / "weights")) {
      kept[entry.path().filename()] = read_whole(entry.path()).value_or("");
    }
    CHECK(kept.size() == 2);
    CHECK(kept == expected);
    CHECK(contents(folder.path()) == contents(plain.path()));
  }
}

TEST_CASE("each record says whether other work took the processor from its trial, if that was measured") {
  const auto trained = [](double cpu_s) {
    return Json{
        {"do", "train"},
        {"scheduling", {{"wall_s", 10}, {"cpu_s", cpu_s}, {"voluntary_switches", 3}, {"involuntary_switches", 500}}}};
  };
  const config::Suite suite = test::fake_suite({trained(9.9), trained(6), {{"do", "train"}}});
  const test::TemporaryFolder folder;
  run(suite, folder.path());
  std::map<std::int64_t, Json> contended;
  for (const auto& record : store::Store::open(folder.path()).records().readable)
    contended[record.seed] = record.context.value("contended", Json());
  CHECK(contended == std::map<std::int64_t, Json>{{0, false}, {1, true}, {2, nullptr}});
}

TEST_CASE("the records of trials on a CUDA device say more of where they were trained, the others don't") {
  config::Suite suite = test::fake_suite(test::repeat(2, {{"do", "train"}}));
  suite.trials[0].settings["device"] = "cpu";
  suite.trials[1].settings["device"] = "cuda";
  const test::TemporaryFolder folder;
  exec::Listener nobody;
  auto options = test::fake_options(1);
  options.context = {{"cpu", "a processor"}};
  options.cuda_context = {{"gpu", "a card"}};
  test::fake_run(suite, folder.path(), std::move(options), nobody);
  for (const auto& record : store::Store::open(folder.path()).records().readable) {
    Json expected{{"cpu", "a processor"}};
    if (record.settings.at("device") == "cuda") expected["gpu"] = "a card";
    CHECK(record.context == expected);
  }
  CHECK(store::Store::open(folder.path()).records().readable.size() == 2);
}

TEST_CASE("weights that can't be written end the run, for those of other trials can't be either") {
  const config::Suite suite = test::fake_suite(test::repeat(3, {{"do", "train"}}));
  for (const char* executor : {"workers", "inline"}) {
    INFO(executor);
    const test::TemporaryFolder folder;
    Counter counter;
    auto options = test::fake_options(1);
    options.load = [&](const Json&, const std::string&) {
      std::ofstream(folder.path() / "weights") << "in the way";
      return test::fake_data();
    };
    options.executor = config::default_variant("executor", executor);
    std::string complaint;
    try {
      test::fake_run(suite, folder.path(), std::move(options), counter, /*weights=*/true);
    } catch (const Error& error) {
      complaint = error.what();
      CHECK(error.code() == ExitCode::environment);
    }
    CHECK(complaint.find("weights") != std::string::npos);
    CHECK(counter.started == 1);
    CHECK(contents(folder.path()).empty());
  }
}

TEST_CASE("every planned trial gets one record and a second run trains nothing") {
  const test::TemporaryFolder folder;
  const config::Suite suite = test::fake_suite(test::repeat(7, {{"do", "train"}}));
  const exec::Summary first = run(suite, folder.path());
  CHECK(first.trained == 7);
  CHECK(first.cached == 0);
  CHECK(first.all_ok());
  CHECK(contents(folder.path()).size() == 7);
  CHECK(store::Store::open(folder.path()).manifest()->trials.size() == 7);

  Counter counter;
  auto options = test::fake_options(2);
  options.load = [](const Json&, const std::string&) -> std::shared_ptr<data::Dataset> {
    throw std::logic_error("loaded");
  };
  const exec::Summary second = test::fake_run(suite, folder.path(), options, counter);
  CHECK(second.trained == 0);
  CHECK(second.cached == 7);
  CHECK(second.all_ok());
  CHECK(counter.started == 0);
}

TEST_CASE("records are the same bits whatever the number of jobs and the executor") {
  const test::TemporaryFolder one, two, in_process;
  const config::Suite suite = test::fake_suite(test::repeat(9, {{"do", "train"}, {"steps", 20}, {"step_ms", 1}}));
  run(suite, one.path(), 1);
  run(suite, two.path(), 2);
  exec::Listener nobody;
  auto options = test::fake_options(1);
  options.executor = config::default_variant("executor", "inline");
  test::fake_run(suite, in_process.path(), options, nobody);
  CHECK(contents(one.path()).size() == 9);
  CHECK(contents(one.path()) == contents(two.path()));
  CHECK(contents(one.path()) == contents(in_process.path()));
}

TEST_CASE("trials that went wrong keep their records and count, and only a retry trains them again") {
  const test::TemporaryFolder folder;
  const config::Suite suite =
      test::fake_suite({{{"do", "train"}}, {{"do", "kill"}}, {{"do", "bad_alloc"}}, {{"do", "throw"}}});
  Counter counter;
  const auto first = test::fake_run(suite, folder.path(), test::fake_options(2), counter);
  CHECK(counter.started == 5);  // the killed one twice
  CHECK(counter.finished == 4);
  CHECK(first.statuses ==
        std::map<train::Status, std::size_t>{
            {train::Status::ok, 1}, {train::Status::crashed, 1}, {train::Status::oom, 1}, {train::Status::failed, 1}});
  CHECK_FALSE(first.all_ok());
  CHECK(first.missing() == 0);
  const auto second = run(suite, folder.path());
  CHECK(second.cached == 4);
  CHECK(second.trained == 0);
  CHECK(second.need_retry() == 3);
  const store::Store store = store::Store::open(folder.path());
  exec::Plan plan = test::fake_plan(suite, &store);
  for (auto& trial : plan.trials) trial.again = trial.needs_retry();
  const auto retried = exec::run_plan(plan, store, test::fake_options(2), counter);
  CHECK(retried.cached == 1);
  CHECK(retried.trained == 3);
}

TEST_CASE("a listener is told of a finished trial when its record can be read") {
  const test::TemporaryFolder folder;
  struct Reader : exec::Listener {
    explicit Reader(const fs::path& where) : store(store::Store::create(where)) {}
    void on_finish(int, const exec::PlannedTrial& trial, const train::TrialResult&) override {
      read += store.find(trial.trial) ? 1 : 0;
    }
    store::Store store;
    int read = 0;
  } reader(folder.path());
  const auto summary = test::fake_run(test::fake_suite(test::repeat(40, {{"do", "train"}})), folder.path(),
                                      test::fake_options(2), reader);
  CHECK(summary.trained == 40);
  CHECK(reader.read == 40);
}

TEST_CASE("trials of unknown cost are started first, as planned, then the most costly") {
  const test::TemporaryFolder folder;
  const auto taking = [](int seconds) -> Json { return {{"do", "train"}, {"steps", 100}, {"wall_s", seconds}}; };
  const Json quick = taking(1), slow = taking(9), unseen = taking(5), fails = {{"do", "throw"}};
  const auto order = [&](const std::vector<Json>& behaviours) {
    config::Suite suite = test::fake_suite(behaviours);
    for (auto& trial : suite.trials) trial.settings["norm"]["kind"] = trial.settings["fake"];
    struct Order : exec::Listener {
      void on_start(int, const exec::PlannedTrial& trial) override { seeds.push_back(trial.seed); }
      std::vector<std::int64_t> seeds;
    } listener;
    auto options = test::fake_options(1);
    options.executor = config::default_variant("executor", "inline");
    CHECK(test::fake_run(suite, folder.path(), options, listener).missing() == 0);
    return listener.seeds;
  };
  CHECK(order({quick, quick, quick, slow, slow, fails}) == std::vector<std::int64_t>{0, 3, 5, 4, 1, 2});
  CHECK(order({quick, quick, quick, slow, slow, quick, slow, fails, unseen, fails, quick, unseen}) ==
        std::vector<std::int64_t>{7, 8, 9, 6, 11, 5, 10});
}

TEST_CASE("an interrupted run keeps what is finished, marks what ran, and the next run completes it") {
  const test::TemporaryFolder folder;
  const fs::path gate = folder.path() / "gate";
  std::vector<Json> behaviours = test::repeat(6, {{"do", "train"}, {"gate", gate.string()}});
  behaviours[0] = behaviours[1] = {{"do", "train"}};
  const config::Suite suite = test::fake_suite(behaviours);
  exec::Stop stop;
  auto options = test::fake_options(2);
  options.execution.stop = &stop;
  struct Interrupter : exec::Listener {
    explicit Interrupter(exec::Stop& when) : stop(when) {}
    void on_progress(int, const exec::PlannedTrial& trial, const train::Progress&) override {
      if (trial.seed >= 2 && !stop.requested()) stop.request();
    }
    exec::Stop& stop;
  } interrupter(stop);
  const auto first = test::fake_run(suite, folder.path(), options, interrupter);
  CHECK(first.interrupted);
  CHECK(first.missing() >= 2);
  CHECK(first.statuses.at(train::Status::ok) >= 1);
  CHECK(first.statuses.at(train::Status::interrupted) >= 1);
  test::touch(gate);
  const auto second = run(suite, folder.path());
  CHECK_FALSE(second.interrupted);
  CHECK(second.all_ok());
  CHECK(second.cached == first.statuses.at(train::Status::ok));
}

TEST_CASE("a record that can't be written ends the run, and what was whole stays whole") {
  const test::TemporaryFolder folder;
  const config::Suite small = test::fake_suite(test::repeat(2, {{"do", "train"}}));
  run(small, folder.path());
  const auto before = contents(folder.path());

  // The trials' records are larger than the files this process may write; the others fit.
  const config::Suite suite = test::fake_suite({{{"do", "train"}}, {{"do", "train"}, {"steps", 500}}});
  const pid_t child = fork();
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{8192, 8192};
    setrlimit(RLIMIT_FSIZE, &limit);
    int code = 0;
    try {
      run(suite, folder.path());
    } catch (const Error& error) {
      code = static_cast<int>(error.code());
    }
    _exit(code);
  }
  int status = 0;
  waitpid(child, &status, 0);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 3);
  CHECK(contents(folder.path()) == before);
  for (const auto& entry : fs::directory_iterator(folder.path() / "records")) {
    CHECK(entry.path().extension() == ".json");
  }
}

TEST_CASE("a store that vanishes during a run ends it") {
  const test::TemporaryFolder folder;
  const config::Suite suite = test::fake_suite(test::repeat(50, {{"do", "train"}, {"steps", 2}, {"step_ms", 20}}));
  struct Remover : exec::Listener {
    explicit Remover(fs::path where) : folder(std::move(where)) {}
    void on_start(int, const exec::PlannedTrial&) override { fs::remove_all(folder); }
    fs::path folder;
  } remover(folder.path() / "store");
  CHECK_THROWS_AS(test::fake_run(suite, folder.path() / "store", test::fake_options(2), remover), Error);
}
