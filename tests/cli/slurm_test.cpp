// What the commands say of a Slurm of shell scripts.
#include <stdlib.h>

#include <chrono>
#include <sstream>
#include <thread>

#include "cli/program.h"
#include "support/catch.h"

namespace bnexp {
namespace {

namespace fs = std::filesystem;

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// The program on a cluster: squeue and scontrol print files of the folder, sbatch counts from 1.
class Cluster {
 public:
  Cluster() {
    fs::create_directory(bnexp.path("bin"));
    program("squeue", "cat queue");
    program("scontrol", "[ \"$*\" != 'show config' ] || cat config");
    program("sbatch", "id=$(($(cat id) + 1)); echo $id >id; echo $id");
    bnexp.write("queue", "");
    bnexp.write("config", "MaxArraySize            = 1001\n");
    bnexp.write("id", "0");
    setenv("PATH", (bnexp.path("bin").string() + ":" + path_).c_str(), 1);
  }
  ~Cluster() { setenv("PATH", path_.c_str(), 1); }
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  void program(const std::string& name, const std::string& body) const {
    bnexp.write("bin/" + name, "#!/bin/sh\ncd " + bnexp.path(".").string() + "\n" + body + "\n");
    fs::permissions(bnexp.path("bin/" + name), fs::perms::owner_all);
  }
  tests::Outcome submit(const std::vector<std::string>& more) const {
    std::vector<std::string> words{"submit", bnexp.path("suite.yaml").string(), "--store", store()};
    words.insert(words.end(), more.begin(), more.end());
    return bnexp(words);
  }
  std::string store() const { return bnexp.path("store").string(); }

  const tests::Program bnexp;

 private:
  const std::string path_ = getenv("PATH");
};

std::vector<std::string> lines_with(const std::string& text, const std::string& part) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    if (contains(line, part)) lines.push_back(line);
  }
  return lines;
}

TEST_CASE("submit --dry-run prints the scripts that would be submitted now") {
  const Cluster cluster;
  const std::vector<std::string> words{"--tasks", "3000", "--dry-run"};
  CHECK(lines_with(cluster.submit(words).out, "--array=") ==
        std::vector<std::string>{"#SBATCH --array=0-1000", "#SBATCH --array=0-1000", "#SBATCH --array=0-997"});
  REQUIRE(cluster.submit({"--tasks", "2"}).code == 0);
  cluster.bnexp.write("queue", "1|0|RUNNING|None|1\n1|1|PENDING|Priority|2\n");
  const auto third = cluster.submit({"--tasks", "3", "--dry-run"});
  CHECK(lines_with(third.out, "--array=") == std::vector<std::string>{"#SBATCH --array=0-0"});
  CHECK(contains(third.err, "2 tasks of earlier submissions are pending or running\n"));
  const auto none = cluster.submit({"--tasks", "2", "--dry-run"});
  CHECK(none.out.empty());
  CHECK(contains(none.err, "nothing would be submitted"));
  CHECK(tests::read_file(cluster.bnexp.path("id")) == "1\n");
}

TEST_CASE("submit --dry-run without Slurm says that the limits are unknown") {
  const Cluster cluster;
  cluster.program("scontrol", "echo 'no contact' >&2; exit 1");
  const auto outcome = cluster.submit({"--tasks", "3000", "--dry-run"});
  CHECK(outcome.code == 0);
  CHECK(lines_with(outcome.out, "--array=") == std::vector<std::string>{"#SBATCH --array=0-2999"});
  CHECK(contains(outcome.err, "note: Slurm does not answer: no contact; the cluster's limits are unknown"));
}

// Jobs 1_0 and 1_1 in Slurm's queue; trials held by 1_1 and by 1_2, and by job 7, which bnexp has not submitted.
TEST_CASE("status says where Slurm and the leases differ, as text and as JSON") {
  const Cluster cluster;
  REQUIRE(cluster.submit({"--tasks", "3"}).code == 0);
  cluster.bnexp.write("queue", "1|0|RUNNING|None|1\n1|1|RUNNING|None|2\n");
  const Json plan = Json::parse(tests::read_file(cluster.bnexp.path("store/suite.json")));
  const auto trial = [&](int i) { return plan.at("trials")[i].at("trial").get<std::string>(); };
  fs::create_directory(cluster.bnexp.path("store/leases"));
  const auto hold = [&](int i, const std::string& job) {
    const Json holder{{"host", "node"}, {"space", "elsewhere"}, {"pid", 7},     {"started", 1},
                      {"job", job},     {"since", "today"},     {"token", job}, {"expires_s", 120.0}};
    cluster.bnexp.write("store/leases/" + trial(i) + ".json", holder.dump());
  };
  hold(0, "1_1");
  hold(1, "1_2");
  hold(2, "7");
  const std::string text = cluster.bnexp({"status", cluster.store()}).out;
  INFO(text);
  CHECK(contains(text, "Slurm: 2 running\n"));
  CHECK(lines_with(text, "but Slurm does not list it").size() == 1);
  CHECK(contains(text, "job 1_2 holds norm=none, lr=0.01, seed 2, but Slurm does not list it"));
  CHECK(contains(text, "1 task is running for Slurm, but holds no trial: 1_0."));
  const Json json = Json::parse(cluster.bnexp({"status", cluster.store(), "--json"}).out);
  CHECK(json.at("slurm") == Json{{"jobs", {"1"}},
                                 {"answers", true},
                                 {"states", {{"running", 2}}},
                                 {"holding_but_not_listed", Json::array({{{"task", "1_2"}, {"trial", trial(1)}}})},
                                 {"running_without_trial", {"1_0"}}});
  CHECK(json.at("command") == "bnexp work " + cluster.store());
  cluster.program("squeue", "exit 1");
  const Json silent = Json::parse(cluster.bnexp({"status", cluster.store(), "--json"}).out);
  CHECK(silent.at("slurm").at("answers") == false);
}

TEST_CASE("a task that is preempted or cancelled says what trains the rest, and does not requeue itself") {
  const Cluster cluster;
  cluster.program("scontrol", "echo \"$*\" >>asked");
  setenv("SLURM_JOB_ID", "1", 1);
  REQUIRE(cluster
              .bnexp({"plan", cluster.bnexp.path("suite.yaml").string(), "--set", "train.steps=1000000", "--store",
                      cluster.store(), "--commands"})
              .code == 0);
  const auto end_by = [&](int signal) {
    auto task = cluster.bnexp.start({"work", cluster.store(), "--jobs", "1", "--requeue"});
    const fs::path leases = cluster.bnexp.path("store/leases");
    for (int i = 0; i < 6000 && (!fs::exists(leases) || fs::is_empty(leases)); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    task.signal(signal);
    const auto outcome = task.wait();
    CHECK(outcome.code == 1);
    return outcome.out;
  };
  CHECK(contains(end_by(SIGTERM),
                 "stopped by SIGTERM: unless Slurm requeues the task, what is left is trained by: "
                 "bnexp work " +
                     cluster.store() + "\n"));
  CHECK_FALSE(fs::exists(cluster.bnexp.path("asked")));
  CHECK(contains(end_by(SIGUSR1), "requeued: "));
  CHECK(tests::read_file(cluster.bnexp.path("asked")) == "requeue 1\n");
  unsetenv("SLURM_JOB_ID");
}

}  // namespace
}  // namespace bnexp
