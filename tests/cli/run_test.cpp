// `bnexp run` as its user meets it: whole sweeps, interruptions, crashes, full stores.
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <thread>

#include "cli/program.h"
#include "support/catch.h"

namespace bnexp {
namespace {

using tests::Program;

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// True as soon as `holds` does, false after a minute.
bool eventually(const std::function<bool()>& holds) {
  for (int i = 0; i < 6000; ++i) {
    if (holds()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

// Processes whose parent is `parent`.
std::vector<pid_t> children(pid_t parent) {
  std::vector<pid_t> result;
  std::ifstream file("/proc/" + std::to_string(parent) + "/task/" + std::to_string(parent) + "/children");
  for (pid_t child = 0; file >> child;) result.push_back(child);
  return result;
}

// A long trial and a short one on two workers. The long one is assigned first, so from the moment when the short one
// has its record it is at work, and far from its end.
const std::vector<std::string> kLongAndShort{"--jobs", "2",
                                             "--set",  "seeds=1",
                                             "--set",  "sweep.grid.norm=[none]",
                                             "--set",  "sweep.grid.train.optimizer.lr=[0.1]",
                                             "--set",  "sweep.grid.train.steps=[15000, 1]",
                                             "--set",  "train.log_every=1000"};

// `bnexp run` of these, with the long one at work.
tests::Process start_long_and_short(const Program& bnexp, const std::string& store) {
  auto process = bnexp.start(bnexp.run_words(store, kLongAndShort));
  REQUIRE(eventually([&] { return bnexp.record_files(store).size() == 1; }));
  return process;
}

// Kills the workers of a run, and the one that then tries the trial once more.
void kill_workers_twice(const tests::Process& run, int number) {
  const auto first = children(run.pid());
  for (const pid_t worker : first) kill(worker, number);
  REQUIRE(eventually([&] {
    for (const pid_t worker : children(run.pid())) {
      if (std::ranges::find(first, worker) == first.end()) return kill(worker, number) == 0;
    }
    return false;
  }));
}

std::map<std::string, int> statuses(const Program& bnexp, const std::string& store) {
  std::map<std::string, int> result;
  for (const auto& [name, record] : bnexp.records(store)) ++result[record.at("status")];
  return result;
}

TEST_CASE("a sweep leaves a record for every trial and a report, and ends with the report's path") {
  const Program bnexp;
  const auto outcome = bnexp(bnexp.run_words("store"));
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(bnexp.record_files("store").size() == 12);
  CHECK(std::filesystem::exists(bnexp.path("store/report.html")));
  CHECK(std::filesystem::exists(bnexp.path("store/report.md")));
  CHECK(contains(outcome.out, bnexp.path("store/report.html").string()));
}

TEST_CASE("running a suite again trains nothing and says so") {
  const Program bnexp;
  REQUIRE(bnexp(bnexp.run_words("store")).code == 0);
  const auto before = bnexp.record_files("store");
  const auto outcome = bnexp(bnexp.run_words("store"));
  CHECK(outcome.code == 0);
  CHECK(bnexp.record_files("store") == before);
  CHECK(contains(outcome.out + outcome.err, "nothing to train"));
}

TEST_CASE("one worker and two give the same records, bit for bit") {
  const Program bnexp;
  REQUIRE(bnexp(bnexp.run_words("one", {"--jobs", "1"})).code == 0);
  REQUIRE(bnexp(bnexp.run_words("two", {"--jobs", "2"})).code == 0);
  const auto one = bnexp.records("one");
  CHECK(one.size() == 12);
  CHECK(one == bnexp.records("two"));
}

TEST_CASE("killed workers and killed runs lose nothing: a retry and the next run complete the store") {
  const Program bnexp;
  REQUIRE(bnexp(bnexp.run_words("calm", kLongAndShort)).code == 0);

  const auto run = start_long_and_short(bnexp, "stormy");
  kill_workers_twice(run, SIGKILL);
  CHECK(run.wait().code == 1);
  CHECK(statuses(bnexp, "stormy") == std::map<std::string, int>{{"ok", 1}, {"crashed", 1}});
  const auto again = bnexp(bnexp.run_words("stormy", kLongAndShort));
  CHECK(again.code == 1);
  CHECK(contains(again.out, "nothing to train"));
  const std::string retry = "bnexp retry " + bnexp.path("stormy").string() + "\n";
  CHECK(contains(again.out,
                 "1 trial crashed, failed or ran out of time or memory; it is trained again only by: " + retry));
  CHECK(bnexp({"retry", bnexp.path("stormy").string()}).code == 0);

  const auto killed = start_long_and_short(bnexp, "stormier");
  killed.signal(SIGKILL);
  CHECK(killed.wait().code == 128 + SIGKILL);
  CHECK(statuses(bnexp, "stormier") == std::map<std::string, int>{{"ok", 1}});

  for (const char* store : {"stormy", "stormier"}) {
    const auto outcome = bnexp(bnexp.run_words(store, kLongAndShort));
    INFO(outcome.err);
    CHECK(outcome.code == 0);
    CHECK(bnexp.records(store) == bnexp.records("calm"));
  }
}

TEST_CASE("Ctrl-C keeps what is finished, marks what was running, and the next run goes on") {
  const Program bnexp;
  const auto process = start_long_and_short(bnexp, "store");
  process.signal(SIGINT);
  const auto stopped = process.wait();
  CHECK(stopped.code == 1);
  CHECK(statuses(bnexp, "store") == std::map<std::string, int>{{"ok", 1}, {"interrupted", 1}});
  CHECK(contains(stopped.out + stopped.err, "again"));
  CHECK(bnexp(bnexp.run_words("store", kLongAndShort)).code == 0);
  CHECK(statuses(bnexp, "store") == std::map<std::string, int>{{"ok", 2}});
}

TEST_CASE("Ctrl-C after the last trial ends the process at once") {
  const Program bnexp;
  const std::string pipe = bnexp.path("pipe").string();
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  const int full = open(pipe.c_str(), O_RDWR | O_NONBLOCK);
  while (write(full, "", 1) == 1) continue;  // the program waits for room to print into
  std::vector<std::string> words{"/bin/sh", "-c", "exec \"$@\" >" + pipe, "sh", BNEXP_PROGRAM};
  for (const auto& word : bnexp.run_words("store")) words.push_back(word);
  const tests::Process process(bnexp.path("").string(), words);
  CHECK(eventually([&] { return std::filesystem::exists(bnexp.path("store/report.md")); }));
  process.signal(SIGINT);
  CHECK(process.wait().code == 128 + SIGINT);
  close(full);
}

TEST_CASE("signals of terminals and schedulers stop a run as Ctrl-C does") {
  const int number = GENERATE(SIGTERM, SIGHUP, SIGXCPU, SIGALRM, SIGUSR1, SIGUSR2);
  INFO(number);
  const Program bnexp;
  const auto process = start_long_and_short(bnexp, "store");
  number == SIGXCPU ? process.signal(number) : process.signal_all(number);  // a limit is each process's own
  CHECK(process.wait().code == 1);
  CHECK(statuses(bnexp, "store") == std::map<std::string, int>{{"ok", 1}, {"interrupted", 1}});
  CHECK_FALSE(std::filesystem::is_empty(bnexp.path("store/checkpoints")));
}

TEST_CASE("a signal that is ignored when the run starts stays ignored") {
  const Program bnexp;
  signal(SIGINT, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
  const auto process = start_long_and_short(bnexp, "store");
  signal(SIGINT, SIG_DFL);
  signal(SIGHUP, SIG_DFL);
  process.signal(SIGINT);
  process.signal(SIGHUP);
  CHECK(process.wait().code == 0);
  CHECK(statuses(bnexp, "store") == std::map<std::string, int>{{"ok", 2}});
}

TEST_CASE("the signal that killed a worker is recorded where the caller ignores the ends of its children") {
  const Program bnexp;
  signal(SIGCHLD, SIG_IGN);
  const auto process = start_long_and_short(bnexp, "store");
  signal(SIGCHLD, SIG_DFL);
  kill_workers_twice(process, SIGSEGV);
  CHECK(process.wait().code == 1);
  std::vector<Json> signals;
  for (const auto& [name, record] : bnexp.records("store")) {
    if (record.at("status") == "crashed") signals.push_back(record.at("failure").at("signal"));
  }
  CHECK(signals == std::vector<Json>{SIGSEGV});
}

TEST_CASE("two runs at once on one store train each trial once") {
  const Program bnexp;
  const std::vector<std::string> longer{"--set", "train.steps=600", "--jobs", "1"};
  const Program elsewhere;  // its own folder for output
  const auto one = bnexp.start(bnexp.run_words("store", longer));
  const auto two = elsewhere.start(bnexp.run_words("store", longer));
  const auto first = one.wait();
  const auto second = two.wait();
  CHECK(first.code == 0);
  CHECK(second.code == 0);
  CHECK(bnexp.record_files("store").size() == 12);
  std::size_t finished = 0;
  for (const auto& text : {first.err, second.err}) {
    for (std::size_t at = text.find(": ok, test"); at != std::string::npos; at = text.find(": ok, test", at + 1))
      ++finished;
  }
  CHECK(finished == 12);
}

TEST_CASE("a trial that diverges is recorded as such and the run's exit code says so") {
  const Program bnexp;
  const auto outcome = bnexp(bnexp.run_words("store", {"--set", "sweep.grid.train.optimizer.lr=[0.1, 1e20]", "--set",
                                                       "sweep.grid.norm=[none]", "--set", "seeds=1"}));
  CHECK(outcome.code == 1);
  int diverged = 0;
  for (const auto& [name, record] : bnexp.records("store")) {
    if (record.at("status") != "diverged") continue;
    ++diverged;
    CHECK(record.at("failure").at("step").get<int>() >= 1);
    CHECK_FALSE(record.at("failure").at("layer").get<std::string>().empty());
  }
  CHECK(diverged >= 1);
}

TEST_CASE("a store that can't be written ends with a sentence and exit code 3") {
  const Program bnexp;
  bnexp.write("occupied", "a file");
  const auto outcome = bnexp({"run", bnexp.path("suite.yaml").string(), "--store", bnexp.path("occupied").string()});
  CHECK(outcome.code == 3);
  CHECK(contains(outcome.err, "occupied"));
}

TEST_CASE("a record can be trained again, bit for bit") {
  const Program bnexp;
  REQUIRE(bnexp(bnexp.run_words("store", {"--set", "seeds=1"})).code == 0);
  const auto name = bnexp.record_files("store").begin()->first;
  const auto path = bnexp.path("store/records/" + name);
  const auto same = bnexp({"repeat", path.string()});
  INFO(same.err);
  CHECK(same.code == 0);
  CHECK(contains(same.out, "same bits"));

  // Version 1 had no checksum.
  const auto old = *std::filesystem::directory_iterator(BNEXP_SOURCE_DIR "/tests/store/formats/v1/first/records");
  Json record = Json::parse(tests::read_file(old.path()));
  record["metrics"]["test_accuracy"] = 0.123;
  bnexp.write("forged.json", record.dump());
  const auto other = bnexp({"repeat", bnexp.path("forged.json").string()});
  CHECK(other.code == 1);
  CHECK(contains(other.out, "metrics"));
}

TEST_CASE("a report is made again from records alone") {
  const Program bnexp;
  REQUIRE(bnexp(bnexp.run_words("store", {"--set", "seeds=2"})).code == 0);
  const std::string before = tests::read_file(bnexp.path("store/report.md"));
  std::filesystem::remove(bnexp.path("store/report.html"));
  std::filesystem::remove(bnexp.path("store/report.md"));
  CHECK(bnexp({"report", bnexp.path("store").string()}).code == 0);
  CHECK(std::filesystem::exists(bnexp.path("store/report.html")));
  CHECK(tests::read_file(bnexp.path("store/report.md")) == before);
}

TEST_CASE("a trial whose test loss is not finite is ok, and says so") {
  const Program bnexp;  // the validation loss of so deep a plain network overflows before its training does
  const auto outcome = bnexp(
      bnexp.run_words("store", {"--set", "sweep=null", "--set", "seeds=1", "--set", "train.steps=1", "--set",
                                "norm=batch", "--set", "model={name: residual_mlp, depth: 64, width: 8, skip: false}",
                                "--set", "train.optimizer={name: sgd, lr: 0.1, momentum: 0.9}"}));
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(contains(outcome.err, ", test loss not finite, "));
}

}  // namespace
}  // namespace bnexp
