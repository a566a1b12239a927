// merge, gc, trial and plan on stores that a user might have.
#include <chrono>
#include <thread>

#include "cli/records.h"

namespace bnexp {
namespace {

using namespace tests;

std::vector<std::string> one_trial(const Program& bnexp, const std::vector<std::string>& more = {}) {
  std::vector<std::string> words{
      "--set", "sweep.grid.norm=[batch]", "--set", "sweep.grid.train.optimizer.lr=[0.1]", "--set", "seeds=1"};
  words.insert(words.end(), more.begin(), more.end());
  return bnexp.run_words("store", words);
}

std::string only_trial(const Program& bnexp) { return first_record(bnexp).stem().string(); }

TEST_CASE("merge refuses stores of two sweeps by a sentence, and writes nothing") {
  const Program bnexp;
  run(bnexp, {}, "one", "1");
  run(bnexp, {"--set", "train.steps=40"}, "two", "1");
  run(bnexp, {"--set", "question=Why?"}, "three", "1");
  const auto path = [&](const char* name) { return bnexp.path(name).string(); };
  for (const auto& [other, sentence] : {std::pair("two", "train.steps is 60 in " + path("one") + ", and 40 in "),
                                        {"three", "the question is 'Does it run?' in " + path("one")}}) {
    const auto outcome = bnexp({"merge", path("one"), path(other), "--into", path("both")});
    INFO(outcome.err);
    CHECK(outcome.code == 3);
    CHECK(contains(outcome.err, sentence));
    CHECK(contains(outcome.err, "the stores are not merged"));
    CHECK_FALSE(fs::exists(path("both")));
  }
  const auto before = bnexp.record_files("two");
  CHECK(bnexp({"merge", path("one"), "--into", path("two")}).code == 3);
  CHECK(bnexp.record_files("two") == before);
}

TEST_CASE("merge says that weights come along, and refuses the folder of a benchmark") {
  const Program bnexp;
  run(bnexp, {"--weights"}, "one", "1");
  const auto outcome = bnexp({"merge", bnexp.path("one").string(), "--into", bnexp.path("both").string()});
  CHECK(contains(outcome.out, "also copied: kept weights of 2 trials, 0 checkpoints"));
  CHECK(verify(bnexp, {}, "both").code == 0);
  bnexp.write("one/bench.json", "{}");
  const auto refused = bnexp({"merge", bnexp.path("both").string(), "--into", bnexp.path("one").string()});
  CHECK(refused.code == 3);
  CHECK(contains(refused.err, "holds a benchmark of norms"));
}

TEST_CASE("a disk that cannot be read is an error, not a trial that is missing") {
  const Program bnexp;
  run(bnexp, {}, "store", "1");
  const auto store = bnexp.path("store").string();
  const auto before = files(store);
  for (const auto& broken : {bnexp.path("store/records"), first_record(bnexp), bnexp.path("store/suite.json")}) {
    for (const std::vector<std::string>& words :
         {bnexp.run_words("store", {"--set", "sweep.grid.norm=[batch]"}), {"report", store}, {"work", store}}) {
      std::vector<std::string> command{"/usr/bin/env", std::string("LD_PRELOAD=") + BNEXP_HOSTILE_SYSTEM,
                                       "HOSTILE_BROKEN=" + fs::canonical(broken).string(), BNEXP_PROGRAM};
      command.insert(command.end(), words.begin(), words.end());
      const auto outcome = Process(bnexp.path("").string(), command).wait();
      INFO(words.front() << ": " << outcome.err);
      CHECK(outcome.code == 3);
      CHECK(contains(outcome.err, "cannot read " + broken.string() + ": Input/output error\n  check the disk"));
      CHECK(files(store) == before);
    }
  }
}

TEST_CASE("data files that were replaced since the plan train no trial") {
  const Program bnexp;
  const std::string idx = bnexp.path("idx").string(), store = bnexp.path("store").string();
  const auto write_data = [&](const std::string& seed) {
    fs::remove_all(idx);
    REQUIRE(bnexp({"data", "export", idx, "--train", "500", "--test", "200", "--seed", seed}).code == 0);
  };
  write_data("1");
  auto words = one_trial(bnexp, {"--set", kExported, "--data-dir", idx, "--commands"});
  words[0] = "plan";
  REQUIRE(bnexp(words).code == 0);
  const std::string trial = Json::parse(read_file(bnexp.path("store/suite.json"))).at("trials").at(0).at("trial");
  write_data("2");
  for (const auto& command : std::vector<std::vector<std::string>>{{"trial", store, trial}, {"work", store}}) {
    auto with_data = command;
    with_data.insert(with_data.end(), {"--data-dir", idx});
    const auto outcome = bnexp(with_data);
    INFO(command[0] << ": " << outcome.err);
    CHECK(outcome.code == 3);
    CHECK(contains(outcome.err, "differ from the plan"));
    CHECK(bnexp.record_files("store").empty());
  }
  write_data("1");
  CHECK(bnexp({"work", store, "--data-dir", idx}).code == 0);
}

TEST_CASE("gc removes nothing as unplanned from a store without a plan") {
  const Program bnexp;
  run(bnexp, {}, "store", "1");
  const auto before = bnexp.record_files("store");
  const std::string store = bnexp.path("store").string();
  for (const char* plan : {"{", ""}) {
    bnexp.write("store/suite.json", plan);
    const auto outcome = bnexp({"gc", store, "--unplanned"});
    CHECK(outcome.code == 3);
    CHECK(contains(outcome.err, "has no plan that can be read: suite.json: it is not JSON, or incomplete"));
    CHECK(contains(outcome.err, "run its suite once"));
  }
  fs::remove(bnexp.path("store/suite.json"));
  CHECK(contains(bnexp({"gc", store, "--unplanned"}).err, "has no plan that can be read: it has no suite.json"));
  CHECK(bnexp({"gc", store}).code == 0);
  CHECK(bnexp.record_files("store") == before);
}

TEST_CASE("plan counts one trial and one worker in the singular") {
  const Program bnexp;
  auto words = one_trial(bnexp, {"--jobs", "1"});
  words[0] = "plan";
  CHECK(contains(bnexp(words).out, "\n1 trial, 0 cached in "));
  CHECK(contains(bnexp(words).out, ", 1 to run on 1 worker: "));
}

TEST_CASE("trial trains a planned trial as run does: it says that a checkpoint is set aside") {
  const Program bnexp;
  REQUIRE(bnexp(one_trial(bnexp)).code == 0);
  const std::string trial = only_trial(bnexp), store = bnexp.path("store").string();
  fs::remove_all(bnexp.path("store/records"));
  fs::create_directories(bnexp.path("store/records"));
  fs::create_directories(bnexp.path("store/checkpoints"));
  bnexp.write("store/checkpoints/" + trial + ".safetensors", "half");
  const auto outcome = bnexp({"trial", store, trial});
  INFO(outcome.out << outcome.err);
  CHECK(outcome.code == 0);
  CHECK(contains(outcome.err, "it is set aside as " + store + "/checkpoints/" + trial + ".safetensors.damaged"));
  CHECK(contains(outcome.err, ": ok, test accuracy"));
  CHECK(contains(outcome.out, "1 trial: 1 ok"));
}

TEST_CASE("trial ends with exit code 0 for a trial that diverged, and 1 for one that failed otherwise") {
  const Program bnexp;
  const auto planned = [&](const std::string& rate, const std::string& limit) {
    auto words = bnexp.run_words(
        "store", {"--set", "sweep.grid.norm=[none]", "--set", "seeds=1", "--set",
                  "sweep.grid.train.optimizer.lr=[" + rate + "]", "--set", "limits.memory_mb=" + limit});
    words[0] = "plan";
    words.emplace_back("--json");
    const std::string trial = Json::parse(bnexp(words).out).at("trials").at(0).at("trial");
    words.back() = "--commands";
    REQUIRE(bnexp(words).code == 0);
    return bnexp({"trial", bnexp.path("store").string(), trial});
  };
  const auto diverged = planned("1e30", "null");
  CHECK(diverged.code == 0);
  CHECK(contains(diverged.out, "1 trial: 1 diverged"));
  const auto large = planned("0.1", "20");
  INFO(large.out << large.err);
  CHECK(large.code == 1);
  CHECK(contains(large.out, "1 trial: 1 oom"));
}

TEST_CASE("trial tries a trial whose worker is killed once more") {
  const Program bnexp;
  auto words = one_trial(bnexp, {"--set", "train.steps=20000", "--set", "train.log_every=1000"});
  words[0] = "plan";
  words.emplace_back("--commands");
  const std::string command = bnexp(words).out;
  const std::string trial = command.substr(command.rfind(' ') + 1, 16);
  const auto process = bnexp.start({"trial", bnexp.path("store").string(), trial});
  const std::string pid = std::to_string(process.pid());
  pid_t worker = 0;
  for (int i = 0; i < 3000 && worker == 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    std::ifstream children("/proc/" + pid + "/task/" + pid + "/children");
    for (pid_t child = 0; children >> child;) {
      if (read_file("/proc/" + std::to_string(child) + "/comm") == "bnexp-worker\n") worker = child;
    }
  }
  REQUIRE(worker != 0);
  kill(worker, SIGKILL);
  const auto outcome = process.wait();
  INFO(outcome.out << outcome.err);
  CHECK(outcome.code == 0);
  CHECK(contains(outcome.err, "it is tried once more"));
}

TEST_CASE("a file in the place of the checkpoints' folder is refused before anything is trained") {
  const Program bnexp;
  fs::create_directories(bnexp.path("store"));
  bnexp.write("store/checkpoints", "x");
  const auto outcome = bnexp(one_trial(bnexp));
  INFO(outcome.out << outcome.err);
  CHECK(outcome.code == 3);
  CHECK(contains(outcome.err, "cannot write into " + bnexp.path("store/checkpoints").string() + ": Not a directory"));
  CHECK(contains(outcome.err, "a file is in the place of a folder: move it away"));
  CHECK(bnexp.record_files("store").empty());
  CHECK(read_file(bnexp.path("store/checkpoints")) == "x");
  fs::remove(bnexp.path("store/checkpoints"));
  CHECK(bnexp(one_trial(bnexp)).code == 0);
}

}  // namespace
}  // namespace bnexp
