#include <fmt/format.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <optional>
#include <utility>

#include "base/console.h"
#include "base/machine.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/signals.h"
#include "cli/training_run.h"
#include "cli/trial.h"
#include "exec/slurm.h"
#include "report/report.h"

namespace bnexp::cli {
namespace {

struct WorkOptions {
  std::string store;
  std::string data_folder;
  double max_time_s = 0;
  bool reports = false;
  bool requeues = false;
  TrainingOptions training;
};

// A place in the plan that processes on all machines rarely share.
std::size_t own_place() { return std::hash<std::string>{}(fmt::format("{} {}", process_space(), getpid())); }

// Ends a task of Slurm that a signal has stopped. USR1: its time is nearly over. TERM: it is preempted, or cancelled. A
// cancelled task must not come back, but a task can't tell: Slurm 22.05 shows both as COMPLETING, and requeues a
// cancelled task on request. A preempted one is requeued by Slurm itself (PreemptMode=REQUEUE).
void leave(int signal, const std::string& command) {
  if (signal != SIGUSR1) {
    console::print("stopped by SIG{}: unless Slurm requeues the task, what is left is trained by: {}\n",
                   sigabbrev_np(signal), command);
    return;
  }
  const std::string refusal = exec::slurm::requeue_own_task();
  if (refusal.empty()) {
    console::print("requeued: the task goes on when Slurm starts it again\n");
  } else {
    console::print("Slurm does not requeue the task ({}); what is left is trained by: {}\n", refusal, command);
  }
}

void report_if_done(const WorkOptions& options, const store::Store& store, const exec::Plan& plan) {
  if (!options.reports || plan.to_run() > 0) return;
  console::print("report: {}\n",
                 report::write(report::read(store.folder()), store.folder(), share_folder() / "report").string());
}

ExitCode work(const WorkOptions& options) {
  using Clock = std::chrono::steady_clock;
  // First of all: a warning may come while data are loaded, and while the report is written.
  exec::Stop stop;
  const StopOnSignals stopping(stop, StopOnSignals::Second::ends_process);
  std::optional<Clock::time_point> end;
  if (options.max_time_s > 0) {
    end = Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(options.max_time_s));
  }
  options.training.check();
  const store::Store store = store::Store::create(store::Store::open(options.store).folder());
  const auto planned_now = [&] { return exec::make_plan(manifest_in(store), planned_steps, &store); };
  exec::Plan plan;
  exec::Summary result;
  for (std::size_t planned = 0;;) {
    plan = planned_now();
    // The plan grows while `run --until-decided` adds seeds.
    if (plan.trials.size() == planned || result.interrupted) break;
    if (planned == 0 && !options.training.quiet) {
      announce(plan.manifest.name + ": " + plural(plan.trials.size(), "trial"), plan, options.training,
               "estimated time without other processes");
    }
    planned = plan.trials.size();
    const data::Places places{
        .folder = options.data_folder, .config_folder = plan.manifest.folder, .quiet = options.training.quiet};
    TrainingRun session(options.training, store, plan.manifest.folder, places, stop);
    session.start = own_place();
    session.end = end;
    exec::Summary before;
    try {
      before = std::exchange(result, session.train(plan, /*writes_plan=*/false));
    } catch (const Error&) {  // such as crashes one after another, which leave their records
      report_if_done(options, store, planned_now());
      throw;
    }
    result.trained += before.trained;
    result.found += before.found;
  }
  print_outcome(result, exec::retry_command(options.store, options.data_folder));
  if (options.requeues && result.interrupted && stop.signal() != 0) {
    leave(stop.signal(), exec::work_command(options.store, options.data_folder));
  }
  report_if_done(options, store, plan);
  if (result.newer_checkpoint) throw *result.newer_checkpoint;
  return plan.to_run() == 0 ? ExitCode::ok : ExitCode::trial;
}

void add(CLI::App& app, Action& action) {
  auto options = std::make_shared<WorkOptions>();
  CLI::App* command = new_command(
      app, "work",
      "Train what is left in a store, from the plan in the store alone. Any number of these processes, on any machines "
      "that share the folder, work together; each takes the next free trial until none is left.",
      "  bnexp work results/lr_sweep\n"
      "  bnexp work results/lr_sweep --jobs 4 --max-time 3600\n"
      "  bnexp work results/lr_sweep --report\n"
      "A trial that crashed twice, failed, or ran out of time or memory is not trained again: see `bnexp retry`.\n"
      "Exit code 0: every trial of the plan has its record; 1: some are left.");
  command->add_option("STORE", options->store, "the folder that a run has written its plan into")->required();
  command->add_option("--data-dir", options->data_folder, "folder of the data set's files")->type_name("DIR");
  add_seconds(*command, "--max-time", options->max_time_s,
              "the trials that run then save a checkpoint and stop; another process goes on with them");
  command->add_flag(
      "--requeue", options->requeues,
      "in a task of Slurm: after a warning by USR1 that its time is nearly over, requeue the task; after another "
      "signal, say what trains the rest");
  command->add_flag("--report", options->reports, "write the report if every trial has its record at the end");
  options->training.add_to(*command);
  command->callback([=, &action] { action = [=] { return work(*options); }; });
}

const bool kAdded = add_command("work", Group::suites, add);

}  // namespace
}  // namespace bnexp::cli
