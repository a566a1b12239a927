// `bnexp work` in the tasks of a scheduler: trials that fail, a time limit, and signals that come early.
#include <signal.h>
#include <stdlib.h>

#include <chrono>
#include <thread>

#include "cli/program.h"
#include "support/catch.h"

namespace bnexp {
namespace {

using tests::Program;
namespace fs = std::filesystem;

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

void pause_for(int ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

// A store with a plan of one trial a seed, of so many steps, for tasks.
class Task {
 public:
  explicit Task(const std::string& steps, const std::string& seeds = "1") {
    REQUIRE(bnexp({"plan", bnexp.path("suite.yaml").string(), "--store", store(), "--commands", "--set",
                   "train.steps=" + steps, "--set", "seeds=" + seeds, "--set", "sweep.grid.norm=[none]", "--set",
                   "sweep.grid.train.optimizer.lr=[0.1]"})
                .code == 0);
  }

  std::string store() const { return bnexp.path("store").string(); }

  // `bnexp work` with these words, which waits for the plan's file; calls `act` meanwhile.
  template <class Act>
  tests::Outcome held_back(const std::vector<std::string>& more, Act act) const {
    const std::string file = store() + "/suite.json";
    std::vector<std::string> words{"/usr/bin/env",
                                   std::string("LD_PRELOAD=") + BNEXP_HOSTILE_SYSTEM,
                                   "HOSTILE_SLOW=" + file,
                                   BNEXP_PROGRAM,
                                   "work",
                                   store(),
                                   "--jobs",
                                   "1"};
    words.insert(words.end(), more.begin(), more.end());
    const tests::Process process(bnexp.path(".").string(), words);
    for (int i = 0; i < 6000 && !fs::exists(file + ".asked"); ++i) pause_for(10);
    REQUIRE(fs::exists(file + ".asked"));
    act(process);
    bnexp.write("store/suite.json.there", "");
    return process.wait();
  }

  const Program bnexp;
};

TEST_CASE("a trial that ran out of time keeps its record, the last task writes the report, and a retry trains it") {
  const Task task("20000");
  const Program& bnexp = task.bnexp;
  const std::string retry = "bnexp retry " + task.store() + "\n";
  const auto first = bnexp({"work", task.store(), "--timeout", "0.3", "--report"});
  CHECK(first.code == 0);
  CHECK(contains(first.out,
                 "1 trial crashed, failed or ran out of time or memory; it is trained again only by: " + retry));
  CHECK(fs::exists(bnexp.path("store/report.html")));
  const auto records = bnexp.record_files("store");
  fs::remove(bnexp.path("store/report.html"));
  const auto second = bnexp({"work", task.store(), "--report"});
  CHECK(second.code == 0);
  CHECK(contains(second.out, "nothing to train: every trial has its record"));
  CHECK(fs::exists(bnexp.path("store/report.html")));
  CHECK(bnexp.record_files("store") == records);

  const std::string status = bnexp({"status", task.store()}).out;
  CHECK(contains(status, "1 trial, 1 done (records: 1 timeout), 0 running, 0 waiting\n"));
  CHECK(contains(status, "not ok; trained again only by: " + retry + "  1 x timeout: took longer than 300ms\n"));
  CHECK(contains(status, "complete; its report: bnexp report " + task.store() + "\n"));
  CHECK(bnexp({"retry", task.store()}).code == 0);
  CHECK(contains(bnexp({"status", task.store()}).out, "1 done (records: 1 ok)"));
}

TEST_CASE("the last task writes the report, also if crashes one after another have ended it") {
  const Task task("1000000", "5");
  const auto process = task.bnexp.start({"work", task.store(), "--jobs", "1", "--report"});
  const std::string id = std::to_string(process.pid());
  pid_t killed = 0;
  int crashes = 0;
  for (int i = 0; i < 3000 && crashes < 5; ++i, pause_for(10)) {
    std::ifstream children("/proc/" + id + "/task/" + id + "/children");
    pid_t worker = 0;
    if (!(children >> worker) || worker == killed) continue;
    if (tests::read_file("/proc/" + std::to_string(worker) + "/comm") != "bnexp-worker\n") continue;
    killed = worker;
    crashes += kill(worker, SIGSEGV) == 0 ? 1 : 0;
  }
  if (crashes < 5) process.signal(SIGTERM);
  const auto outcome = process.wait();
  INFO(outcome.err);
  CHECK(outcome.code == 3);
  CHECK(contains(outcome.err, "5 workers crashed one after another"));
  CHECK(contains(outcome.err, "`bnexp retry " + task.store() + " --executor inline`"));
  CHECK(contains(task.bnexp({"status", task.store()}).out, "5 x crashed: the worker was killed by signal 11"));
  CHECK(fs::exists(task.bnexp.path("store/report.html")));
}

TEST_CASE("a scheduler's warning that comes while the plan is read requeues the task") {
  const Task task("1000000");
  task.bnexp.write("scontrol", "#!/bin/sh\necho \"$*\" >" + task.bnexp.path("asked").string() + "\n");
  fs::permissions(task.bnexp.path("scontrol"), fs::perms::owner_all);
  const std::string path = getenv("PATH");
  setenv("PATH", (task.bnexp.path(".").string() + ":" + path).c_str(), 1);
  setenv("SLURM_JOB_ID", "7", 1);
  const auto outcome = task.held_back({"--requeue"}, [](const tests::Process& process) { process.signal(SIGUSR1); });
  unsetenv("SLURM_JOB_ID");
  setenv("PATH", path.c_str(), 1);
  INFO(outcome.err);
  CHECK(outcome.code == 1);
  CHECK(contains(outcome.out, "requeued: "));
  CHECK(tests::read_file(task.bnexp.path("asked")) == "requeue 7\n");
  CHECK(task.bnexp.record_files("store").empty());
}

TEST_CASE("the time of --max-time counts from the start of the command") {
  const Task task("60");
  const auto outcome = task.held_back({"--max-time", "1"}, [](const tests::Process&) { pause_for(1200); });
  CHECK(outcome.code == 1);
  CHECK(contains(outcome.out, "1 trial: 1 missing\nstopped; run the same command again to continue\n"));
}

}  // namespace
}  // namespace bnexp
