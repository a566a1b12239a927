// Several processes on one store, and what is seen of them from outside: work, status, retry, gc, merge.
#include <chrono>
#include <thread>

#include "cli/program.h"
#include "support/catch.h"

namespace bnexp {
namespace {

using tests::Program;
namespace fs = std::filesystem;

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

const std::vector<std::string> kLong{"--jobs",
                                     "1",
                                     "--set",
                                     "train.steps=20000",
                                     "--set",
                                     "train.log_every=1000",
                                     "--set",
                                     "seeds=1",
                                     "--set",
                                     "sweep.grid.norm=[none]",
                                     "--set",
                                     "sweep.grid.train.optimizer.lr=[0.1]",
                                     "--checkpoint-every",
                                     "0.05"};

// A run that was killed after its first checkpoint.
void kill_after_checkpoint(const Program& bnexp, const std::string& store) {
  auto process = bnexp.start(bnexp.run_words(store, kLong));
  for (int i = 0; i < 6000; ++i) {
    std::error_code none;
    const fs::directory_iterator first(bnexp.path(store) / "checkpoints", none);
    if (!none && first != fs::directory_iterator() && !first->path().filename().string().starts_with('.')) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  process.signal(SIGKILL);
  REQUIRE(process.wait().code != 0);
  REQUIRE(bnexp.record_files(store).empty());
}

TEST_CASE("processes that work on a store finish what a killed run has left, with the bits of an undisturbed run") {
  const Program bnexp;
  REQUIRE(bnexp(bnexp.run_words("calm", kLong)).code == 0);
  kill_after_checkpoint(bnexp, "store");
  const std::string store = bnexp.path("store").string();
  const auto seen = bnexp({"status", store});
  CHECK(contains(seen.out, "1 trial, 0 done, 0 running, 1 waiting"));
  CHECK(contains(seen.out, "held by processes that are dead or silent"));
  CHECK(contains(seen.out, "what is left is trained by: bnexp work " + store));
  auto one = bnexp.start({"work", store, "--jobs", "1"});
  auto other = bnexp.start({"work", store, "--jobs", "1", "--report"});
  CHECK(one.wait().code == 0);
  CHECK(other.wait().code == 0);
  CHECK(bnexp.records("store") == bnexp.records("calm"));
  CHECK(fs::is_empty(bnexp.path("store/checkpoints")));
  CHECK(fs::is_empty(bnexp.path("store/leases")));
  CHECK(fs::exists(bnexp.path("store/report.html")));
  CHECK(contains(bnexp({"status", store}).out, "complete; its report: bnexp report " + store));
}

TEST_CASE("processes on a file system without locks, whose clocks are hours apart, train every trial once") {
  const Program bnexp;
  REQUIRE(bnexp(bnexp.run_words("calm")).code == 0);
  REQUIRE(
      bnexp({"plan", bnexp.path("suite.yaml").string(), "--store", bnexp.path("store").string(), "--commands"}).code ==
      0);
  std::vector<tests::Process> processes;
  for (const char* skew : {"-3600", "0", "3600", "7200"}) {
    const auto folder = bnexp.path(std::string("skew") + skew);
    fs::create_directory(folder);
    processes.emplace_back(folder.string(),
                           std::vector<std::string>{"/usr/bin/env", std::string("LD_PRELOAD=") + BNEXP_HOSTILE_SYSTEM,
                                                    std::string("HOSTILE_SKEW=") + skew, BNEXP_PROGRAM, "work",
                                                    bnexp.path("store").string(), "--jobs", "1"});
  }
  std::size_t trained = 0;
  for (const auto& process : processes) {
    const auto outcome = process.wait();
    INFO(outcome.err);
    CHECK(outcome.code == 0);
    for (auto at = outcome.err.find(": ok, test accuracy"); at != std::string::npos;
         at = outcome.err.find(": ok, test accuracy", at + 1)) {
      ++trained;
    }
  }
  CHECK(trained == 12);
  CHECK(bnexp.records("store") == bnexp.records("calm"));
  CHECK(fs::is_empty(bnexp.path("store/leases")));
}

TEST_CASE("status says in JSON who trains what, at which step") {
  const Program bnexp;
  auto process = bnexp.start(bnexp.run_words("store", kLong));
  Json status = Json::object();
  for (int i = 0; i < 600 && status.value("running", Json::array()).empty(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    const auto outcome = bnexp({"status", bnexp.path("store").string(), "--json"});
    if (outcome.code == 0) status = Json::parse(outcome.out);
  }
  process.signal(SIGTERM);
  process.wait();
  REQUIRE(status.at("running").size() == 1);
  const Json& running = status.at("running")[0];
  CHECK(running.at("holder").at("pid").is_number_integer());
  CHECK(running.at("silent_s").get<double>() < 60);
  CHECK(status.at("trials") == 1);
  CHECK(status.at("done") == 0);
}

TEST_CASE("a store without a plan is refused by work and status, with what to do") {
  const Program bnexp;
  REQUIRE(bnexp(bnexp.run_words("store", kLong)).code == 0);
  fs::remove(bnexp.path("store/suite.json"));
  for (const char* command : {"work", "status", "retry"}) {
    const auto outcome = bnexp({command, bnexp.path("store").string()});
    CHECK(outcome.code == 3);
    CHECK(contains(outcome.err, "has no plan that can be read: it has no suite.json"));
    CHECK(contains(outcome.err, "bnexp run CONFIG --store DIR"));
  }
}

TEST_CASE("commands that are shown for the rest of a plan name the folder of --data-dir") {
  const Program bnexp;
  const std::string store = bnexp.path("store").string(), data = bnexp.path("my data").string();
  REQUIRE(bnexp({"data", "export", data, "--train", "500", "--test", "200"}).code == 0);
  const auto planned =
      bnexp({"plan", bnexp.path("suite.yaml").string(), "--store", store, "--commands", "--data-dir", data, "--set",
             "data={name: idx, validation: 100, train_images: train-images-idx3-ubyte, train_labels: "
             "train-labels-idx1-ubyte, "
             "test_images: t10k-images-idx3-ubyte, test_labels: t10k-labels-idx1-ubyte}"});
  REQUIRE(planned.code == 0);
  const std::string option = " --data-dir '" + data + "'\n";
  const std::string first = planned.out.substr(0, planned.out.find('\n') + 1);
  REQUIRE(contains(first, option));
  const auto in_shell = [&](const std::string& command) {
    const std::string path = "PATH=" + fs::path(BNEXP_PROGRAM).parent_path().string() + ":$PATH; ";
    return tests::Process(bnexp.path(".").string(), {"/bin/sh", "-c", path + command}).wait();
  };
  CHECK(in_shell(first).code == 0);
  const std::string status = bnexp({"status", store}).out, title = "what is left is trained by: ";
  REQUIRE(contains(status, title));
  const std::string rest = status.substr(status.find(title) + title.size());
  CHECK(rest == "bnexp work " + store + option);
  CHECK(Json::parse(bnexp({"status", store, "--json"}).out).at("command").get<std::string>() + "\n" == rest);
  CHECK(in_shell(rest).code == 0);
}

TEST_CASE("retry trains again what ended for another reason than its training, and refuses what would end the same") {
  const Program bnexp;
  const auto late = bnexp(bnexp.run_words("store", [] {
    auto words = kLong;
    words.insert(words.end(), {"--timeout", "0.3"});
    return words;
  }()));
  REQUIRE(late.code == 1);
  const std::string store = bnexp.path("store").string();
  CHECK(contains(bnexp({"status", store}).out, "1 x timeout: took longer than 300ms"));
  const Json late_status = Json::parse(bnexp({"status", store, "--json"}).out);
  CHECK(late_status.at("retry_command") == "bnexp retry " + store);
  const Json& failures = late_status.at("failures");
  REQUIRE(failures.size() == 1);
  CHECK(failures[0] == Json{{"status", "timeout"}, {"reason", "took longer than 300ms"}, {"trials", 1}});
  const auto refused = bnexp({"retry", store, "--status", "diverged"});
  CHECK(refused.code == 2);
  CHECK(contains(refused.err, "would end with the same bits"));
  CHECK(contains(bnexp({"retry", store, "--status", "oom"}).out, "nothing to retry"));
  const auto outcome = bnexp({"retry", store, "--status", "timeout,oom"});
  CHECK(outcome.code == 0);
  CHECK(contains(outcome.out, "1 trial: 1 ok"));
  CHECK(Json::parse(bnexp({"status", store, "--json"}).out).at("retry_command").is_null());
}

TEST_CASE("plan, status and retry say that a record is damaged") {
  const Program bnexp;
  REQUIRE(bnexp(bnexp.run_words("store", {"--set", "seeds=1", "--quiet"})).code == 0);
  const std::string name = bnexp.record_files("store").begin()->first;
  std::ofstream(bnexp.path("store/records/" + name)) << "{";
  const std::string store = bnexp.path("store").string();
  const std::string note = "note: damaged record: " + name + " (it is not JSON, or incomplete); a run sets it aside";
  CHECK(contains(bnexp({"plan", bnexp.path("suite.yaml").string(), "--store", store, "--set", "seeds=1"}).out, note));
  CHECK(contains(bnexp({"status", store}).out, note));
  CHECK(Json::parse(bnexp({"status", store, "--json"}).out).at("damaged").at(0).at("trial") ==
        fs::path(name).stem().string());
  CHECK(contains(bnexp({"retry", store}).err, note));
}

TEST_CASE("a suite's limits hold for every process that works on its plan, and no trial's id depends on them") {
  const Program bnexp;
  const std::string store = bnexp.path("store").string();
  const auto limited = [&](std::vector<std::string> more) {
    auto words = kLong;
    words.insert(words.end(), more.begin(), more.end());
    return bnexp(bnexp.run_words("store", words));
  };
  const auto large = limited({"--set", "limits.memory_mb=20"});
  CHECK(large.code == 1);
  CHECK(contains(large.err, "oom: used more than 20 MB of memory (limits.memory_mb)"));
  CHECK(contains(bnexp({"retry", store}).out, "1 trial: 1 oom"));
  CHECK(limited({"--set", "limits.time_s=0.3"}).code == 1);  // has its record
  CHECK(contains(bnexp({"retry", store}).out, "1 trial: 1 timeout"));
  CHECK(contains(bnexp({"retry", store, "--timeout", "600"}).out, "1 trial: 1 ok"));
  CHECK(bnexp.record_files("store").size() == 1);
  CHECK(contains(limited({"--set", "limits.time_s=0"}).err, "limits.time_s"));
}

TEST_CASE("gc removes what nothing needs, and with --unplanned what the plan does not have") {
  const Program bnexp;
  REQUIRE(bnexp(bnexp.run_words("store")).code == 0);
  REQUIRE(bnexp(bnexp.run_words("store", {"--set", "seeds=1"})).code == 0);
  const std::string store = bnexp.path("store").string();
  fs::create_directories(bnexp.path("store/checkpoints"));
  const std::string trial = fs::path(bnexp.record_files("store").begin()->first).stem();
  bnexp.write("store/checkpoints/" + trial + ".safetensors", "half");
  CHECK(contains(bnexp({"gc", store, "--dry-run"}).out, trial + ".safetensors: a checkpoint of a"));
  CHECK(fs::exists(bnexp.path("store/checkpoints/" + trial + ".safetensors")));
  CHECK(contains(bnexp({"gc", store}).out, "removed 1 file"));
  CHECK(fs::is_empty(bnexp.path("store/checkpoints")));
  CHECK(bnexp.record_files("store").size() == 12);
  CHECK(contains(bnexp({"gc", store, "--unplanned"}).out, "removed 8 files"));
  CHECK(bnexp.record_files("store").size() == 4);
}

TEST_CASE("stores of one suite merge, and those of two are refused") {
  const Program bnexp;
  REQUIRE(bnexp(bnexp.run_words("one", {"--set", "seeds=[1, 2]"})).code == 0);
  REQUIRE(bnexp(bnexp.run_words("two", {"--set", "seeds=[2, 3]"})).code == 0);
  REQUIRE(bnexp(bnexp.run_words("all")).code == 0);
  const auto path = [&](const char* name) { return bnexp.path(name).string(); };
  const auto outcome = bnexp({"merge", path("one"), path("two"), "--into", path("both")});
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(contains(outcome.out, "12 records copied"));
  CHECK(contains(outcome.out, "4 were there with the same bits"));
  CHECK(bnexp.records("both") == bnexp.records("all"));
  CHECK(contains(bnexp({"status", path("both")}).out, "12 trials, 12 done"));
  REQUIRE(bnexp({"run", bnexp.path("suite.yaml").string(), "--store", path("rates"), "--set", "sweep.grid.norm=null"})
              .code == 0);
  const auto keys = bnexp({"merge", path("one"), path("rates"), "--into", path("more")});
  CHECK(keys.code == 3);
  CHECK(contains(keys.err, "sweeps norm, train.optimizer.lr"));
  CHECK_FALSE(fs::exists(bnexp.path("more")));
}

}  // namespace
}  // namespace bnexp
