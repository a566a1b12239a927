#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <set>
#include <thread>

#include "base/error.h"
#include "config/settings/catalog.h"
#include "exec/recorder.h"
#include "support/catch.h"
#include "support/process.h"
#include "support/temporary_folder.h"

using namespace bnexp;
using test::RecordedWork;

namespace {

void run(RecordedWork& work, const exec::Execution& execution, double grace_s = 2) {
  config::Variant workers = config::default_variant("executor", "workers");
  workers.settings["grace_s"] = grace_s;
  exec::make_executor(workers, execution, {test::fake_train, {test::fake_data()}})->run(work);
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a worker that is killed takes only its trial, which says by which signal") {
  RecordedWork work({{{"do", "train"}}, {{"do", "kill"}}, {{"do", "train"}}, {{"do", "train"}}});
  run(work, {.jobs = 2});
  REQUIRE(work.results.size() == 4);
  CHECK(work.status(1) == "crashed");
  CHECK(work.result(1).failure->signal == SIGKILL);
  CHECK(work.result(1).failure->message == "the worker was killed by signal 9 (Killed)");
  for (const int seed : {0, 2, 3}) CHECK(work.status(seed) == "ok");
}

TEST_CASE("a crash's last words and an exit code are kept") {
  RecordedWork work({{{"do", "abort"}}, {{"do", "exit"}}, {{"do", "train"}}});
  run(work, {.jobs = 1});
  CHECK(work.status(0) == "crashed");
  CHECK(work.result(0).failure->signal == SIGABRT);
  CHECK(has(work.result(0).failure->message, "last output: the fake has had enough"));
  CHECK(work.status(1) == "crashed");
  CHECK_FALSE(work.result(1).failure->signal);
  CHECK(work.result(1).failure->message == "the worker ended with exit code 7");
  CHECK(work.status(2) == "ok");
}

TEST_CASE("a worker that has lost its device is a crash, and the next trial gets another") {
  RecordedWork work({{{"do", "lose device"}}, {{"do", "train"}}});
  run(work, {.jobs = 1});
  CHECK(work.status(0) == "crashed");
  CHECK(has(work.result(0).failure->message, "last output: CUDA error: unspecified launch failure"));
  CHECK(work.status(1) == "ok");
}

TEST_CASE("a worker that writes garbage or dies in the middle of a message is a crash") {
  RecordedWork work({{{"do", "garbage"}}, {{"do", "half"}}, {{"do", "train"}}});
  run(work, {.jobs = 1});
  CHECK(work.status(0) == "crashed");
  CHECK(has(work.result(0).failure->message, "not a message"));
  CHECK(work.status(1) == "crashed");
  CHECK(work.result(1).failure->signal == SIGKILL);
  CHECK(work.status(2) == "ok");
}

TEST_CASE("a worker that can't be given its next trial is replaced") {
  RecordedWork work({{{"do", "deaf"}, {"steps", 0}}, {{"do", "train"}}, {{"do", "train"}}});
  run(work, {.jobs = 1});
  CHECK(work.status(0) == "ok");
  CHECK(work.status(1) == "crashed");
  CHECK(work.status(2) == "ok");
}

#ifndef __SANITIZE_THREAD__  // it has its own thread
TEST_CASE("no worker is forked while this process has another thread") {
  std::atomic<bool> done{false};
  std::thread other([&] {
    while (!done) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  });
  RecordedWork work(test::repeat(1, {{"do", "train"}}));
  std::string complaint;
  try {
    run(work, {.jobs = 1});
  } catch (const std::logic_error& error) {
    complaint = error.what();
  }
  done = true;
  other.join();
  CHECK(has(complaint, "2 threads"));
  CHECK(work.left() == 1);
}
#endif

TEST_CASE("the time for which the whole run is stopped does not count against a trial's limit") {
  const test::TemporaryFolder folder;
  const auto gate = folder.path() / "gate";
  RecordedWork work(test::repeat(1, {{"do", "train"}, {"gate", gate.string()}}));
  const int code = tests::in_child(
      [&] {
        setpgid(0, 0);
        run(work, {.limits = {.time_s = 1.5}});
        return work.status(0) == "ok" ? 0 : 1;
      },
      [&](pid_t child) {
        const auto pause = [](int ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); };
        pause(500);
        kill(-child, SIGSTOP);
        pause(2500);
        kill(-child, SIGCONT);
        test::touch(gate);
      });
  CHECK(code == 0);
}

TEST_CASE("a worker holds no file of its parent: no lock outlives the parent in it") {
  const test::TemporaryFolder folder;
  const std::string claim = folder.path() / "claim";
  test::touch(claim);
  const int low = open(claim.c_str(), O_RDWR);
  const int descriptor = fcntl(low, F_DUPFD, 100);  // not a number that a worker has for its own
  RecordedWork work({{{"do", "kill"}}, {{"do", "descriptors"}}});
  run(work, {.jobs = 1});
  close(low);
  close(descriptor);
  CHECK(has(work.result(1).failure->message, "0 -> /dev/null"));
  CHECK(has(work.result(1).failure->message, "3 -> socket:"));
  CHECK_FALSE(has(work.result(1).failure->message, claim));
}

TEST_CASE("a trial that another process has taken over ends without a result, and its worker trains the next") {
  RecordedWork work({{{"do", "hang"}}, {{"do", "train"}}, {{"do", "train"}}});
  work.taken_over = [&, told = false]() mutable {
    return std::exchange(told, true) ? std::vector<std::string>() : std::vector<std::string>{"0"};
  };
  run(work, {.jobs = 1});
  CHECK(work.results.size() == 2);
  CHECK_FALSE(work.results.contains("0"));
}

TEST_CASE("a trial that hangs is killed when its time is up") {
  RecordedWork work({{{"do", "hang"}}, {{"do", "train"}}, {{"do", "train"}}});
  run(work, {.jobs = 2, .limits = {.time_s = 2}});
  CHECK(work.status(0) == "timeout");
  CHECK(work.status(1) == "ok");
  CHECK(work.status(2) == "ok");
}

TEST_CASE("a trial whose time is up reports how far it came, and its place trains the next one") {
  RecordedWork work({{{"do", "train"}, {"steps", 1000000}, {"step_ms", 5}}, {{"do", "train"}}});
  run(work, {.jobs = 1, .limits = {.time_s = 0.5}}, 10);
  CHECK(work.status(0) == "timeout");
  CHECK_FALSE(work.result(0).history.empty());
  CHECK(work.status(1) == "ok");
}

TEST_CASE("a trial that doesn't hear the request to stop is killed after the grace") {
  exec::Stop stop;
  RecordedWork work({{{"do", "hang"}}, {{"do", "train"}, {"steps", 1000000}, {"step_ms", 5}}, {{"do", "train"}}});
  work.advanced = [&](const exec::Job&) {
    if (!stop.requested() && work.workers.size() == 2) stop.request();
  };
  run(work, {.jobs = 2, .stop = &stop});
  REQUIRE(work.results.size() == 2);
  CHECK(work.status(0) == "interrupted");
  CHECK(work.status(1) == "interrupted");
  CHECK_FALSE(work.result(1).history.empty());
}

TEST_CASE("a second request to stop doesn't wait for the grace") {
  exec::Stop stop;
  RecordedWork work(test::repeat(1, {{"do", "hang"}}));
  std::thread impatient;
  work.started = [&](const exec::Job&) {
    impatient = std::thread([&stop] {
      stop.request();
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      stop.request();
    });
  };
  run(work, {.stop = &stop}, 3600);
  impatient.join();
  CHECK(work.status(0) == "interrupted");
}

TEST_CASE("as many workers as jobs are at work, no more than there are trials") {
  const test::TemporaryFolder folder;
  const auto gate = folder.path() / "gate";
  RecordedWork work(test::repeat(6, {{"do", "train"}, {"gate", gate.string()}}));
  std::set<int> used;
  work.started = [&](const exec::Job& job) {
    used.insert(work.workers.at(job.trial));
    if (used.size() == 3) test::touch(gate);
  };
  run(work, {.jobs = 3, .limits = {.time_s = 60}});
  CHECK(used == std::set<int>{0, 1, 2});
  CHECK(work.status(0) == "ok");
  RecordedWork one(test::repeat(1, {{"do", "train"}}));
  run(one, {.jobs = 64});
  CHECK(one.status(0) == "ok");
}

TEST_CASE("workers that can't be started end the run with a reason") {
  RecordedWork work(test::repeat(9, {{"do", "train"}}));
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  rlimit few = before;
  few.rlim_cur = 10;  // enough for the first workers
  setrlimit(RLIMIT_NOFILE, &few);
  std::string complaint;
  try {
    run(work, {.jobs = 8});
  } catch (const Error& error) {
    CHECK(error.code() == ExitCode::environment);
    complaint = error.what();
  }
  setrlimit(RLIMIT_NOFILE, &before);
  CHECK(has(complaint, "cannot start a worker"));
  CHECK(has(complaint, "Too many open files"));
  CHECK(work.results.empty());
  CHECK(work.left() == 9);
  CHECK(waitpid(-1, nullptr, WNOHANG) == -1);  // nor is any left running
}

TEST_CASE("a worker that can't be replaced loses its own trial alone, and the others train what is left") {
  RecordedWork work({{{"do", "kill"}}, {{"do", "train"}}, {{"do", "train"}}, {{"do", "train"}}});
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  rlimit few = before;
  few.rlim_cur = 4;
  work.started = [&](const exec::Job&) { setrlimit(RLIMIT_NOFILE, &few); };
  run(work, {.jobs = 2});
  setrlimit(RLIMIT_NOFILE, &before);
  CHECK(work.status(0) == "crashed");
  for (const int seed : {1, 2, 3}) CHECK(work.status(seed) == "ok");
}

TEST_CASE("two hundred trials of no steps keep the workers they began with") {
  RecordedWork work(test::repeat(200, {{"do", "train"}, {"steps", 0}}));
  run(work, {.jobs = 2});
  CHECK(work.results.size() == 200);
}
