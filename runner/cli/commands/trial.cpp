// For executors and schedulers: hidden from the help.
#include "cli/trial.h"

#include <fmt/format.h>

#include "cli/command.h"
#include "cli/training_run.h"

namespace bnexp::cli {
namespace {

struct TrialOptions {
  std::string store;
  std::string trial;
  std::string data_folder;
};

// The plan of a store with one trial.
exec::Plan plan_of(const TrialOptions& options, const store::Store& store) {
  store::Manifest manifest = manifest_in(store);
  std::erase_if(manifest.trials, [&](const auto& trial) { return trial.trial != options.trial; });
  if (manifest.trials.empty()) {
    throw usage_error(fmt::format("the plan in {} has no trial {}", options.store, options.trial),
                      "its trials: bnexp plan CONFIG --json");
  }
  return exec::make_plan(std::move(manifest), planned_steps, &store);
}

ExitCode train_one(const TrialOptions& options) {
  const store::Store store = store::Store::create(store::Store::open(options.store).folder());
  exec::Plan plan = plan_of(options, store);
  for (auto& trial : plan.trials) trial.again = trial.status && !train::is_final(*trial.status);
  TrainingOptions training;
  training.jobs = 1;
  const data::Places places{.folder = options.data_folder, .config_folder = plan.manifest.folder};
  exec::Stop stop;
  TrainingRun session(training, store, plan.manifest.folder, places, stop);
  const exec::Summary result = session.train(plan, /*writes_plan=*/false);
  print_outcome(result, exec::retry_command(options.store, options.data_folder));
  if (result.newer_checkpoint) throw *result.newer_checkpoint;
  return result.missing() == 0 && result.all_final() ? ExitCode::ok : ExitCode::trial;
}

void add(CLI::App& app, Action& action) {
  auto options = std::make_shared<TrialOptions>();
  CLI::App* command = new_command(app, "trial", "Train one planned trial of a store, from the plan in the store alone.",
                                  "  bnexp trial results/lr_sweep 0123456789abcdef\n"
                                  "Exit code 0: the trial is ok or diverged; 1: it is not.");
  command->add_option("STORE", options->store, "the folder that a run has written its plan into")->required();
  command->add_option("TRIAL", options->trial, "the trial's id")->required();
  command->add_option("--data-dir", options->data_folder, "folder of the data set's files")->type_name("DIR");
  command->callback([=, &action] { action = [=] { return train_one(*options); }; });
}

const bool kAdded = add_command("trial", Group::hidden, add);

}  // namespace
}  // namespace bnexp::cli
