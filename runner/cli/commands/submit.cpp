#include <algorithm>
#include <utility>

#include "base/console.h"
#include "base/files.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/own_store.h"
#include "cli/training_run.h"
#include "cli/trial.h"
#include "exec/session.h"
#include "exec/submission.h"

namespace bnexp::cli {
namespace {

namespace slurm = exec::slurm;

struct SubmitOptions {
  SuiteArguments suite;
  std::string store;
  int tasks = 0;  // 0: by costs
  slurm::Request request;
  bool keep_weights = false;
  bool is_dry = false;
};

// What would be submitted now. Where there is no Slurm, what would be without its limits.
std::vector<slurm::Array> arrays_to_show(const exec::Plan& plan, const slurm::Submission& submission) {
  slurm::Limits limits;
  try {
    limits = slurm::limits();
  } catch (const Error& error) {
    console::note("note: {}; the cluster's limits are unknown, and tasks of earlier submissions are not counted\n",
                  error.what());
    return slurm::arrays(plan, submission, slurm::wanted_tasks(plan, submission), limits);
  }
  auto arrays =
      slurm::missing_arrays(plan, submission, limits, [](const std::string& line) { console::note("{}\n", line); });
  if (arrays.empty()) console::note("nothing would be submitted: these tasks train what is left\n");
  return arrays;
}

ExitCode submit(const SubmitOptions& options) {
  slurm::check(options.request);
  const config::Suite suite = options.suite.load();
  const store::Store store = store::Store::create(store_folder(options.store, suite));
  store::Manifest manifest = manifest_of(suite, options.suite, options.suite.places(), options.keep_weights);
  require_own_store(store, manifest, !options.store.empty());
  const exec::Plan plan = exec::make_plan(std::move(manifest), planned_steps, &store);
  exec::Listener nobody;
  exec::write_plan(plan, store, nobody);
  if (plan.to_run() == 0) {
    console::print("nothing to submit: every trial has its record\n");
    const auto failed = static_cast<std::size_t>(std::ranges::count_if(plan.trials, &exec::PlannedTrial::needs_retry));
    if (failed > 0) {
      console::print("{}\n",
                     retry_line(failed, exec::retry_command(store.folder().string(), plan.manifest.data_folder)));
    }
    return ExitCode::ok;
  }
  slurm::Submission submission;
  submission.request = options.request;
  submission.store = absolute_path(store.folder());
  if (options.tasks > 0) submission.tasks = static_cast<std::size_t>(options.tasks);
  submission.data_folder = plan.manifest.data_folder;
  if (options.is_dry) {
    for (const auto& array : arrays_to_show(plan, submission)) console::print("{}", array.script);
    return ExitCode::ok;
  }
  const auto say = [](const std::string& line) { console::print("{}\n", line); };
  const std::string shown = "`bnexp status " + shell_quoted(store.folder().string()) + "` shows how far they are";
  if (slurm::submit_missing(plan, submission, say).empty()) {
    say("nothing submitted: these tasks train what is left; " + shown);
  } else {
    say("the last task writes the report; " + shown);
  }
  return ExitCode::ok;
}

void add(CLI::App& app, Action& action) {
  auto options = std::make_shared<SubmitOptions>();
  slurm::Request& request = options->request;
  CLI::App* command = new_command(
      app, "submit",
      "Train a suite on a Slurm cluster: write its plan, submit arrays of identical tasks, and return. Each task takes "
      "the next free trial until none is left; the last one writes the report.",
      "  bnexp submit configs/lr_sweep.yaml --dry-run\n"
      "  bnexp submit configs/lr_sweep.yaml --tasks 8 --time 1:00:00 --partition short --dry-run\n"
      "  bnexp submit configs/lr_sweep.yaml --cpus-per-task 4 --sbatch-arg=--qos=low --dry-run\n"
      "Submit again at any time: what has its record is not trained again.");
  options->suite.add_to(*command, /*with_data=*/true);
  command
      ->add_option("--store", options->store,
                   "folder of the records, on a file system that all nodes see; default: results/<suite>")
      ->type_name("DIR");
  add_count(*command, "--tasks", options->tasks, 1, 100'000,
            "number of tasks; default: half an hour of work for each, if the costs are known from earlier trials");
  const auto pass = [&](const char* name, std::string& value, const char* type, const char* help) {
    command->add_option(name, value, help)->type_name(type);
  };
  pass("--time", request.time, "TIME",
       "time limit of a task, as sbatch takes it; default: by the known costs, else the partition's");
  pass("--partition", request.partition, "NAME", "the partition");
  pass("--account", request.account, "NAME", "the account");
  pass("--mem", request.memory, "SIZE", "memory of a task");
  pass("--constraint", request.constraint, "FEATURES",
       "features of the nodes, such as a processor type for equal bits");
  pass("--gpus-per-task", request.gpus_per_task, "N", "GPUs of a task");
  add_count(*command, "--cpus-per-task", request.cpus_per_task, 1, 1024,
            "trials that a task trains at a time; default: 1");
  command->add_option("--sbatch-arg", request.further, "a further argument of sbatch; may be repeated")
      ->type_name("ARG")
      ->allow_extra_args(false);
  command->add_flag("--weights", options->keep_weights, "keep each trial's final weights");
  command->add_flag("--dry-run", options->is_dry,
                    "write the plan, print the scripts that would be submitted now, and submit nothing");
  command->callback([=, &action] { action = [=] { return submit(*options); }; });
}

const bool kAdded = add_command("submit", Group::suites, add);

}  // namespace
}  // namespace bnexp::cli
