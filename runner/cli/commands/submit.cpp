#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/console.h"
#include "base/files.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/trial.h"
#include "exec/session.h"
#include "exec/slurm.h"
#include "report/words.h"

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

// A word in a line "#SBATCH --option=word".
void require_word(const std::string& option, const std::string& value) {
  if (std::ranges::any_of(value, [](unsigned char c) { return std::iscntrl(c) != 0; })) {
    throw usage_error(fmt::format("{} has a control character", option), "leave it out");
  }
}

std::string job_name(const std::string& suite) {
  std::string name = "bnexp-";
  for (const char c : suite) name += std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' ? c : '_';
  return name;
}

// How many tasks to submit, for what nobody trains and no earlier task will. Says what bounds it.
std::size_t tasks_to_submit(const SubmitOptions& options, const exec::Plan& plan, const slurm::Limits& limits,
                            std::size_t alive) {
  const std::size_t wanted = options.tasks > 0 ? static_cast<std::size_t>(options.tasks)
                                               : slurm::usual_tasks(plan, options.request.cpus_per_task);
  if (alive > 0) console::print("{} of earlier submissions are pending or running\n", report::plural(alive, "task"));
  std::size_t count = wanted - std::min(wanted, alive);
  if (limits.submit_left && count > *limits.submit_left) {
    console::print("MaxSubmitJobs leaves room for {}: the others are left out; the tasks take all trials in turn\n",
                   report::plural(*limits.submit_left, "task"));
    count = *limits.submit_left;
  }
  return count;
}

ExitCode submit(SubmitOptions options) {
  for (const auto& [option, value] :
       std::initializer_list<std::pair<const char*, std::string>>{{"--time", options.request.time},
                                                                  {"--partition", options.request.partition},
                                                                  {"--account", options.request.account},
                                                                  {"--mem", options.request.memory},
                                                                  {"--constraint", options.request.constraint},
                                                                  {"--gpus-per-task", options.request.gpus_per_task}}) {
    require_word(option, value);
  }
  for (const auto& argument : options.request.further) require_word("--sbatch-arg", argument);
  const config::Suite suite = options.suite.load();
  const store::Store store = store::Store::create(store_folder(options.store, suite));
  const auto folder = absolute_path(store.folder());
  const exec::Plan plan = exec::make_plan(
      manifest_of(suite, options.suite, options.suite.places(), options.keep_weights), planned_steps, &store);
  exec::Listener nobody;
  exec::write_plan(plan, store, nobody);
  if (plan.to_run() == 0) {
    console::print("nothing to submit: every trial has its record\n");
    return ExitCode::ok;
  }
  const slurm::Limits limits = options.is_dry ? slurm::Limits{} : slurm::limits();
  const auto alive = options.is_dry ? std::nullopt : slurm::tasks(slurm::submitted(folder));
  const std::size_t tasks = tasks_to_submit(options, plan, limits, alive ? alive->size() : 0);
  if (tasks == 0) {
    console::print("nothing submitted: these tasks train what is left; `bnexp status {}` shows it\n",
                   shell_quoted(store.folder().string()));
    return ExitCode::ok;
  }
  options.request.job_name = job_name(suite.name);
  if (options.request.time.empty()) {
    options.request.time = slurm::usual_time(plan, tasks, options.request.cpus_per_task).value_or("");
  }
  const auto logs = folder / "slurm";
  const std::string data = options.suite.data_folder;
  for (const std::size_t size : slurm::arrays(tasks, limits)) {
    const std::string text = slurm::script(options.request, size, std::filesystem::canonical("/proc/self/exe"), folder,
                                           data.empty() ? std::filesystem::path() : absolute_path(data), logs);
    if (options.is_dry) {
      console::print("{}", text);
      continue;
    }
    std::error_code error;
    std::filesystem::create_directories(logs, error);
    if (error) throw file_error("create", logs, error.value());
    const auto script = logs / fmt::format("submit-{}.sh", slurm::submitted(folder).size() + 1);
    write_whole(script, text);
    console::print("job {}: {} for {}\n", slurm::submit(folder, script), report::plural(size, "task"),
                   report::plural(plan.to_run(), "trial"));
  }
  if (!options.is_dry) {
    console::print("the last task writes the report; to see how far they are: bnexp status {}\n",
                   shell_quoted(store.folder().string()));
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
  command->add_flag("--dry-run", options->is_dry, "write the plan, print the scripts, and submit nothing");
  command->callback([=, &action] { action = [=] { return submit(*options); }; });
}

const bool kAdded = add_command("submit", Group::suites, add);

}  // namespace
}  // namespace bnexp::cli
