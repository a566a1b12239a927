// slurm: in tasks of a Slurm cluster, which take the trials from the plan in the store (`bnexp work`). This process
// submits them, and follows them until every trial has its record.
#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>

#include "base/files.h"
#include "base/text.h"
#include "config/settings/composed_types.h"
#include "exec/executor.h"
#include "exec/plan.h"
#include "exec/submission.h"

namespace bnexp::exec {
namespace {

constexpr double kStoreEvery_s = 3;  // between two looks at the store

// Where nobody works on the store, this many looks in a row at Slurm end the run: a task that is requeued is not listed
// for a moment, and a record becomes visible late on a network file system.
constexpr int kLooks = 2;
// The same where tasks are ending. Slurm can't end those on a node that is gone.
constexpr int kLooksWhileEnding = 12;

struct SlurmOptions {
  std::optional<std::int64_t> tasks;
  slurm::Request request;
  double poll_s = 10;

  void fields(config::Fields& f) {
    f.optional_integer(
        "tasks", tasks, config::between(1, 100'000),
        "number of tasks; null: half an hour of work for each, if the costs are known from earlier trials");
    f.integer("cpus_per_task", request.cpus_per_task, config::between(1, 1024),
              "trials that a task trains at a time; the run's --jobs has no meaning");
    f.text("time", request.time,
           "time limit of a task, as sbatch takes it; empty: by the known costs, else the partition's");
    f.text("partition", request.partition, "the partition; empty: the cluster's default, as for the next four");
    f.text("account", request.account, "the account");
    f.text("mem", request.memory, "memory of a task");
    f.text("constraint", request.constraint, "features of the nodes, such as a processor type for equal bits");
    f.text("gpus_per_task", request.gpus_per_task, "GPUs of a task");
    f.add("sbatch_args", request.further, config::type::list(config::type::text()), "further arguments of sbatch");
    f.real("poll_s", poll_s, config::between(1, 3600), "seconds between two looks at Slurm's queue");
  }
};

class Slurm final : public Executor {
 public:
  Slurm(SlurmOptions options, Execution execution)
      : options_(std::move(options)),
        execution_(std::move(execution)),
        store_(absolute_path(execution_.elsewhere.store)),
        quoted_store_(shell_quoted(execution_.elsewhere.store.string())) {}

  void run(Work& work) override {
    slurm::check(options_.request);
    if (work.look_elsewhere() == 0) return;
    submit(work);
    while (true) {
      const bool is_due = wait();
      if (stopping()) return leave(work);
      // Slurm first: what has ended then has written its records.
      const auto tasks = is_due ? slurm::tasks(slurm::submitted(store_)) : std::nullopt;
      const std::size_t left = work.look_elsewhere();
      if (left == 0) return;
      if (!is_due) continue;
      report(work, tasks);
      if (tasks && !is_in_hand(work, *tasks)) return give_up(work, left, *tasks);
    }
  }

 private:
  using Clock = std::chrono::steady_clock;

  bool stopping() const { return execution_.stop != nullptr && execution_.stop->requested(); }

  void submit(Work& work) {
    slurm::Submission submission;
    submission.request = options_.request;
    if (options_.tasks) submission.tasks = static_cast<std::size_t>(*options_.tasks);
    submission.store = store_;
    if (!execution_.elsewhere.data_folder.empty()) {
      submission.data_folder = absolute_path(execution_.elsewhere.data_folder);
    }
    const auto pass = [&](const std::string& option, double value) {
      submission.work_options.insert(submission.work_options.end(), {option, shortest(value)});
    };
    const Plan& plan = *execution_.elsewhere.plan;
    const auto& time_s = execution_.limits.time_s;
    if (time_s && time_s != plan.manifest.limits.time_s) pass("--timeout", *time_s);
    if (execution_.checkpoint_every_s != Execution{}.checkpoint_every_s) {
      pass("--checkpoint-every", execution_.checkpoint_every_s);
    }
    if (execution_.elsewhere.lease_s != store::kLeaseSeconds) pass("--lease", execution_.elsewhere.lease_s);
    own_ = slurm::submit_missing(plan, submission, [&](const std::string& line) { work.on_message(line); });
  }

  // Until a stop request or the next look at the store; true if Slurm should be asked, too.
  bool wait() {
    pollfd source{execution_.stop == nullptr ? -1 : execution_.stop->descriptor(), POLLIN, 0};
    poll(&source, 1, static_cast<int>(1000 * std::min(kStoreEvery_s, options_.poll_s)));
    const std::chrono::duration<double> passed = Clock::now() - asked_;
    if (passed.count() < options_.poll_s) return false;
    asked_ = Clock::now();
    return true;
  }

  // Says what Slurm does with the tasks, when that changes. Their numbers change too often.
  void report(Work& work, const std::optional<std::vector<slurm::Task>>& tasks) {
    std::set<std::string> now;
    const auto states = tasks ? slurm::states(*tasks) : std::map<std::string, std::size_t>{{"no answer", 0}};
    for (const auto& [state, count] : states) now.insert(state);
    if (std::exchange(told_, now) == now || states.empty()) return;
    work.on_message("Slurm: " + (tasks ? slurm::in_words(states) : "it does not answer; the store shows what is done"));
  }

  // Whether tasks train what is left, or will.
  bool is_in_hand(Work& work, const std::vector<slurm::Task>& tasks) {
    if (std::ranges::any_of(tasks, &slurm::Task::is_alive)) {
      was_alive_ = true;
      quiet_looks_ = 0;
      return true;
    }
    const bool is_ending = std::ranges::any_of(tasks, &slurm::Task::is_ending);
    if (++quiet_looks_ < (is_ending ? kLooksWhileEnding : kLooks)) return true;
    // The tasks of an earlier submission had done their work when this run began, and ended.
    if (!own_.empty() || was_alive_) return false;
    submit(work);
    quiet_looks_ = 0;
    return true;
  }

  // The arrays with such a task, for a command line.
  static std::string jobs_of(const std::vector<slurm::Task>& tasks, bool (slurm::Task::*is_one)() const) {
    std::set<std::string> jobs;
    for (const auto& task : tasks) {
      if ((task.*is_one)()) jobs.insert(task.job);
    }
    return join({jobs.begin(), jobs.end()}, " ");
  }

  void leave(Work& work) {
    if (work.look_elsewhere() == 0) return;
    const auto tasks = slurm::tasks(slurm::submitted(store_));
    const std::string jobs = tasks ? jobs_of(*tasks, &slurm::Task::is_alive) : join(own_, " ");
    if (jobs.empty()) return;
    work.on_warning(fmt::format("the tasks go on: `bnexp status {}` shows how far they are, `scancel {}` ends them",
                                quoted_store_, jobs));
  }

  void give_up(Work& work, std::size_t left, const std::vector<slurm::Task>& tasks) const {
    if (const std::string held = jobs_of(tasks, &slurm::Task::is_held); !held.empty()) {
      work.on_warning(
          fmt::format("Slurm holds tasks ({}): `scontrol release {}` lets them start, `scancel {}` ends them",
                      slurm::in_words(slurm::states(tasks)), held, held));
    }
    work.on_warning(fmt::format(
        "no task of Slurm is pending or running, and {} left; the logs of the tasks are in {}. Run the same "
        "command again to submit tasks for them, or train them here: {}",
        plural(left, "trial") + (left == 1 ? " is" : " are"), (execution_.elsewhere.store / "slurm").string(),
        work_command(execution_.elsewhere.store.string(), execution_.elsewhere.data_folder.string())));
  }

  SlurmOptions options_;
  Execution execution_;
  std::filesystem::path store_;   // absolute
  std::string quoted_store_;      // as the user named it
  std::vector<std::string> own_;  // arrays of this run
  Clock::time_point asked_ = Clock::now();
  std::set<std::string> told_;  // states
  bool was_alive_ = false;
  int quiet_looks_ = 0;
};

const bool kAdded = add_executor<Slurm, SlurmOptions>(
    "slurm", {.summary = "In tasks of a Slurm cluster, which this run submits and follows; Ctrl-C leaves them running.",
              .formula = "",
              .source = ""});

}  // namespace
}  // namespace bnexp::exec
