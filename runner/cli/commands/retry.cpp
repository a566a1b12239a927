#include <fmt/format.h>

#include <set>

#include "base/console.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/damage.h"
#include "cli/training_run.h"
#include "cli/trial.h"

namespace bnexp::cli {
namespace {

struct RetryOptions {
  std::string store;
  std::string data_folder;
  std::vector<std::string> statuses;
  TrainingOptions training;
};

std::set<train::Status> wanted(const std::vector<std::string>& names) {
  std::vector<std::string> valid;
  for (const auto& [status, name] : train::kStatusNames) {
    if (!train::is_final(status)) valid.emplace_back(name);
  }
  std::set<train::Status> statuses;
  for (const auto& name : names.empty() ? valid : names) {
    const auto status = train::status_of(name);
    if (status && train::is_final(*status)) {
      throw usage_error(
          fmt::format("a trial that ended {} is not trained again: it would end with the same bits", name),
          "valid: " + join(valid, ", "));
    }
    if (!status) throw usage_error(fmt::format("unknown status '{}'", printable(name)), "valid: " + join(valid, ", "));
    statuses.insert(*status);
  }
  return statuses;
}

ExitCode retry(const RetryOptions& options) {
  options.training.check();
  if (!options.training.trains_here()) {
    throw usage_error("retry trains on this machine",
                      "start it in a job of the cluster: sbatch --wrap " +
                          shell_quoted(exec::retry_command(options.store, options.data_folder)));
  }
  const auto statuses = wanted(options.statuses);
  const store::Store store = store::Store::create(store::Store::open(options.store).folder());
  exec::Plan plan = exec::make_plan(manifest_in(store), planned_steps, &store);
  if (const std::string damage = damage_note(plan); !damage.empty()) console::note("note: {}\n", damage);
  std::erase_if(plan.trials,
                [&](const exec::PlannedTrial& trial) { return !trial.status || !statuses.contains(*trial.status); });
  if (plan.trials.empty()) {
    console::print("nothing to retry: no trial has such a record\n");
    return ExitCode::ok;
  }
  for (auto& trial : plan.trials) trial.again = true;
  const data::Places places{
      .folder = options.data_folder, .config_folder = plan.manifest.folder, .quiet = options.training.quiet};
  exec::Stop stop;
  TrainingRun session(options.training, store, plan.manifest.folder, places, stop);
  const exec::Summary result = session.train(plan, /*writes_plan=*/false);
  print_outcome(result, exec::retry_command(options.store, options.data_folder));
  if (result.newer_checkpoint) throw *result.newer_checkpoint;
  return result.all_final() ? ExitCode::ok : ExitCode::trial;
}

void add(CLI::App& app, Action& action) {
  auto options = std::make_shared<RetryOptions>();
  CLI::App* command = new_command(
      app, "retry", "Train again the trials of a store that crashed, failed or ran out of time or memory.",
      "  bnexp retry results/lr_sweep\n"
      "  bnexp retry results/lr_sweep --status timeout --timeout 3600\n"
      "  bnexp retry results/lr_sweep --status oom,crashed --jobs 1\n"
      "A trial goes on from its last checkpoint. `run` and `work` leave such trials as they are. Any number of\n"
      "these processes share the trials. `bnexp report` then writes the report.");
  command->add_option("STORE", options->store, "the folder that a run has written its plan into")->required();
  command->add_option("--status", options->statuses, "only trials that ended so; default: all but ok and diverged")
      ->delimiter(',')
      ->type_name("STATUS,...");
  command->add_option("--data-dir", options->data_folder, "folder of the data set's files")->type_name("DIR");
  options->training.add_to(*command);
  command->callback([=, &action] { action = [=] { return retry(*options); }; });
}

const bool kAdded = add_command("retry", Group::suites, add);

}  // namespace
}  // namespace bnexp::cli
