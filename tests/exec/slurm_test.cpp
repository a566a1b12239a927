// Submissions and the executor, on a Slurm of three shell scripts. tests/scripts/submit_test.sh has a real one.
#include <stdlib.h>

#include <fstream>
#include <sstream>

#include "base/error.h"
#include "config/settings/catalog.h"
#include "exec/runs.h"
#include "exec/submission.h"
#include "support/catch.h"
#include "support/temporary_folder.h"

using namespace bnexp;
namespace fs = std::filesystem;
namespace slurm = exec::slurm;

namespace {

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string read(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

// squeue and scontrol print files of its folder; sbatch counts from 1 and keeps the scripts.
class FakeSlurm {
 public:
  FakeSlurm() {
    program("squeue", "cat queue");
    program("scontrol", "if [ \"$*\" = 'show config' ]; then cat config; else cat limits; fi");
    program("sbatch", "id=$(($(cat id) + 1)); echo $id >id; cp \"$2\" script-$id; echo $id");
    write("config", "MaxArraySize            = 20\n");
    write("limits", "");
    write("id", "0");
    queue({});
    setenv("PATH", (folder_.path().string() + ":" + path_).c_str(), 1);
  }
  ~FakeSlurm() { setenv("PATH", path_.c_str(), 1); }

  // Lines of squeue: JOB|INDEX|STATE|REASON|ID.
  void queue(const std::vector<std::string>& tasks) const {
    std::string text;
    for (const auto& task : tasks) text += task + "|0\n";
    write("queue", text);
  }
  void break_squeue() const { program("squeue", "echo 'slurm_load_jobs error: no contact' >&2; exit 1"); }
  void max_submit_jobs(const std::string& value) const { write("limits", "MaxJobs= MaxSubmitJobs=" + value + " X=\n"); }
  int submitted() const { return std::stoi(read(folder_.path() / "id")); }
  std::string script(int job) const { return read(folder_.path() / ("script-" + std::to_string(job))); }
  fs::path store() const { return folder_.path() / "store"; }

 private:
  // Replaced whole: a run may read it meanwhile.
  void write(const std::string& name, const std::string& text) const {
    const fs::path file = folder_.path() / name;
    std::ofstream(file.string() + ".new") << text;
    fs::rename(file.string() + ".new", file);
  }
  void program(const std::string& name, const std::string& body) const {
    write(name, "#!/bin/sh\ncd " + folder_.path().string() + "\n" + body + "\n");
    fs::permissions(folder_.path() / name, fs::perms::owner_all);
  }

  const test::TemporaryFolder folder_;
  const std::string path_ = getenv("PATH");
};

// Remembers what a run says, and may do something when it says it.
struct Heard final : exec::Listener {
  void on_message(const std::string& text) override {
    messages += text + "\n";
    if (act) act(text);
  }
  void on_warning(const std::string& text) override { warnings += text + "\n"; }
  void on_found(const exec::PlannedTrial&, const train::TrialResult&) override { ++found; }
  void on_elsewhere(const std::vector<exec::Running>&) override {
    if (++looks == act_at_look) act("look");
  }

  int found = 0;
  std::string messages, warnings;
  int looks = 0;
  int act_at_look = 0;
  std::function<void(const std::string& text)> act;
};

exec::RunOptions slurm_options(const Json& changes = {}) {
  auto options = test::fake_options(1);
  options.executor = config::default_variant("executor", "slurm");
  options.executor.settings["poll_s"] = 1;
  options.executor.settings.update(changes.is_null() ? Json::object() : changes);
  return options;
}

const config::Suite kSuite = test::fake_suite(test::repeat(6, {{"do", "train"}}));

slurm::Submission submission_of(const FakeSlurm& cluster, std::size_t tasks) {
  slurm::Submission submission;
  submission.tasks = tasks;
  submission.store = cluster.store();
  return submission;
}

// What submit_missing says, a line each.
std::string submit(const FakeSlurm& cluster, std::size_t tasks) {
  const auto store = store::Store::create(cluster.store());
  std::string said;
  slurm::submit_missing(test::fake_plan(kSuite, &store), submission_of(cluster, tasks),
                        [&](const std::string& line) { said += line + "\n"; });
  return said;
}

}  // namespace

TEST_CASE("a submission is split at MaxArraySize and says how many tasks train how many trials") {
  const FakeSlurm cluster;
  CHECK(submit(cluster, 45) == "job 1: 20 tasks\njob 2: 20 tasks\njob 3: 5 tasks\n45 tasks for 6 trials\n");
  CHECK(contains(cluster.script(3), "#SBATCH --array=0-4\n"));
  CHECK(slurm::submitted(cluster.store()) == std::vector<std::string>{"1", "2", "3"});
}

TEST_CASE("a submission leaves out tasks beyond MaxSubmitJobs and tasks that earlier submissions have") {
  const FakeSlurm cluster;
  cluster.max_submit_jobs("8(5)");
  CHECK(contains(submit(cluster, 45), "job 1: 3 tasks\n3 tasks for 6 trials\n"));
  cluster.queue({"1|0|RUNNING|None", "1|1|COMPLETING|None", "1|2|PENDING|JobHeldUser", "9|0|RUNNING|None"});
  cluster.max_submit_jobs("8(6)");
  CHECK(submit(cluster, 2) ==
        "1 task of earlier submissions is pending or running\njob 2: 1 task\n1 task for 6 trials\n");
  cluster.queue({"1|0|RUNNING|None", "2|0|RUNNING|None"});
  cluster.max_submit_jobs("8(8)");
  CHECK_FALSE(contains(submit(cluster, 2), "job"));
  cluster.queue({});
  CHECK_THROWS_WITH(submit(cluster, 2), "MaxSubmitJobs leaves no room for a task");
}

TEST_CASE("a submission is refused where it is not known whether tasks of earlier ones are pending or running") {
  const FakeSlurm cluster;
  cluster.break_squeue();
  CHECK(contains(submit(cluster, 2), "job 1: 2 tasks\n"));  // there is no earlier one
  try {
    submit(cluster, 2);
    FAIL("it was submitted again");
  } catch (const Error& error) {
    CHECK(error.code() == ExitCode::environment);
    CHECK(std::string(error.what()) ==
          "Slurm does not say whether tasks of earlier submissions (1) are pending or running: "
          "slurm_load_jobs error: no contact");
    CHECK(contains(error.hint(), "if these jobs have ended, remove " + slurm::jobs_file(cluster.store()).string()));
  }
  CHECK(cluster.submitted() == 1);
  fs::remove(slurm::jobs_file(cluster.store()));
  CHECK(contains(submit(cluster, 2), "job 2: 2 tasks\n"));
}

TEST_CASE("a script asks for what the request names and hands further options to its tasks") {
  const FakeSlurm cluster;
  auto submission = submission_of(cluster, 1);
  submission.request = {.time = "0:20:00", .memory = "2G", .gpus_per_task = "1", .cpus_per_task = 4};
  submission.request.further = {"--qos=low"};
  submission.work_options = {"--timeout", "90"};
  const std::string script = slurm::arrays(test::fake_plan(kSuite, nullptr), submission, 1, {}).at(0).script;
  for (const auto& line : {"--job-name=bnexp-fake\n", "--time=0:20:00\n", "--mem=2G\n", "--gpus-per-task=1\n",
                           "--ntasks=1\n", "--cpus-per-task=4\n", "#SBATCH --qos=low\n",
                           " --jobs 4 --report --requeue --executor '{name: workers, grace_s: 60}' --timeout 90\n"}) {
    CAPTURE(line);
    CHECK(contains(script, line));
  }
  CHECK_FALSE(contains(script, "--partition"));
  submission.request.partition = "a\nrm";
  CHECK_THROWS_WITH(slurm::check(submission.request), "the partition 'a\\nrm' has a control character");
}

TEST_CASE("a time limit that is over as soon as Slurm warns of its end is refused") {
  for (const char* time : {"1", "2", "1:30", "0:2:00", "00:01:10", "0-0:2", "0-0:0:119"}) {
    CAPTURE(time);
    CHECK_THROWS_WITH(slurm::check({.time = time}),
                      "the time " + std::string(time) +
                          " is too short: Slurm warns a task up to 150 seconds before its time is over, and the task "
                          "then stops");
  }
  for (const char* time : {"", "0", "3", "2:01", "0:03:00", "1:00:00", "1-0", "2-0:30", "1-0:0:1", "UNLIMITED"}) {
    CAPTURE(time);
    CHECK_NOTHROW(slurm::check({.time = time}));
  }
}

TEST_CASE("the executor slurm follows trials that other processes train until each has its record") {
  const FakeSlurm cluster;
  Heard heard;
  heard.act = [&](const std::string& text) {
    if (!contains(text, " for 6 trials")) return;
    cluster.queue({"1|0|RUNNING|None"});
    test::run(kSuite, cluster.store());
  };
  auto options = slurm_options({{"tasks", 2}, {"time", "5"}});
  options.execution.limits.time_s = 90;
  options.load = [](const Json&, const std::string&) -> std::shared_ptr<data::Dataset> {
    throw std::logic_error("nothing is trained here");
  };
  const auto summary = test::fake_run(kSuite, cluster.store(), options, heard);
  CHECK(summary.all_ok());
  CHECK_FALSE(summary.interrupted);
  CHECK(summary.found == 6);
  CHECK(heard.found == 6);
  CHECK(heard.warnings.empty());
  CHECK(contains(cluster.script(1), "#SBATCH --array=0-1\n"));
  CHECK(contains(cluster.script(1), "#SBATCH --time=5\n"));
  CHECK(contains(cluster.script(1), "--timeout 90"));
}

TEST_CASE("the executor slurm ends when no task is left that trains what is left") {
  const FakeSlurm cluster;
  Heard heard;
  heard.act = [&](const std::string& text) {
    if (contains(text, "job 1")) cluster.queue({"1|0|PENDING|launch_failed_requeued_held"});
  };
  const auto summary = test::fake_run(kSuite, cluster.store(), slurm_options(), heard);
  CHECK(summary.interrupted);
  CHECK(summary.missing() == 6);
  CHECK(contains(heard.messages, "Slurm: 1 pending (launch_failed_requeued_held)"));
  CHECK(contains(heard.warnings, "`scontrol release 1` lets them start, `scancel 1` ends them"));
  CHECK(contains(heard.warnings, "no task of Slurm is pending or running, and 6 trials are left"));
  CHECK(contains(heard.warnings, "bnexp work " + cluster.store().string()));
  CHECK(cluster.submitted() == 1);
}

TEST_CASE("the executor slurm waits for a task that is ending, as it may be requeued") {
  const FakeSlurm cluster;
  Heard heard;
  heard.act = [&](const std::string& text) {
    if (contains(text, "job 1")) cluster.queue({"1|0|COMPLETING|None"});
    if (text == "look") test::run(kSuite, cluster.store());
  };
  heard.act_at_look = 5;
  CHECK(test::fake_run(kSuite, cluster.store(), slurm_options(), heard).all_ok());
  CHECK(heard.warnings.empty());
}

TEST_CASE("the executor slurm submits tasks again where those of an earlier submission were ending") {
  const FakeSlurm cluster;
  submit(cluster, 2);
  cluster.queue({"1|0|RUNNING|None", "1|1|RUNNING|None"});
  Heard heard;
  heard.act = [&](const std::string& text) {
    if (contains(text, "2 tasks of earlier")) cluster.queue({});
    if (contains(text, "job 2")) test::run(kSuite, cluster.store());
  };
  CHECK(test::fake_run(kSuite, cluster.store(), slurm_options({{"tasks", 2}}), heard).all_ok());
  CHECK(cluster.submitted() == 2);
}

TEST_CASE("a stop request leaves the tasks of the executor slurm alone and says how to end them") {
  const FakeSlurm cluster;
  exec::Stop stop;
  Heard heard;
  heard.act = [&](const std::string& text) {
    if (contains(text, "job 1")) cluster.queue({"1|0|RUNNING|None", "1|1|PENDING|Priority"});
    if (contains(text, "Slurm: 1 pending (Priority), 1 running")) stop.request();
  };
  auto options = slurm_options();
  options.execution.stop = &stop;
  const auto summary = test::fake_run(kSuite, cluster.store(), options, heard);
  CHECK(summary.interrupted);
  CHECK(heard.warnings == "the tasks go on: `bnexp status " + cluster.store().string() +
                              "` shows how far they are, `scancel 1` ends them\n");
}
