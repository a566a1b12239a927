// For executors and schedulers: hidden from the help.
#include "cli/trial.h"

#include <algorithm>

#include "base/console.h"
#include "base/machine.h"
#include "cli/command.h"
#include "cli/progress.h"
#include "cli/signals.h"
#include "exec/session.h"

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
  checked_spec(store::settings_of(manifest, manifest.trials.front()), options.store + "/suite.json", manifest.folder);
  return exec::make_plan(std::move(manifest), planned_steps, &store);
}

struct Words final : exec::Listener {
  void on_finish(int, const exec::PlannedTrial&, const train::TrialResult& result) override {
    console::print("{}\n", summary(result));
  }
  void on_found(const exec::PlannedTrial&, const train::TrialResult& result) override {
    console::print("trained by another process: {}\n", summary(result));
  }
  void on_damage(const std::filesystem::path& aside, const std::string& damage) override {
    console::note("its record was not usable ({}); it is set aside as {}\n", damage, aside.string());
  }
};

ExitCode train_one(const TrialOptions& options) {
  const store::Store store = store::Store::create(store::Store::open(options.store).folder());
  const exec::Plan plan = plan_of(options, store);
  const exec::PlannedTrial& trial = plan.trials.front();
  console::note("{}\n", plan.name(trial));
  if (trial.cached()) console::print("it has its record: {}\n", train::to_string(*trial.status));
  const data::Places places{.folder = options.data_folder, .config_folder = plan.manifest.folder};
  exec::Stop stop;
  const StopOnSignals stopping(stop);
  Words words;
  const exec::Summary result = exec::run_plan(plan, store,
                                              {.executor = config::default_variant("executor", "inline"),
                                               .execution = {.jobs = 1, .limits = plan.manifest.limits, .stop = &stop},
                                               .train = trainer(plan.manifest.folder),
                                               .context = context_of(store, plan.manifest.folder, /*jobs=*/1),
                                               .cuda_context = cuda_context(plan),
                                               .load =
                                                   [&](const Json& data, const std::string& sha256) {
                                                     return data::load({data.at("name"), data}, places, sha256);
                                                   }},
                                              words);
  if (result.newer_checkpoint) throw *result.newer_checkpoint;
  return result.all_ok() ? ExitCode::ok : ExitCode::trial;
}

void add(CLI::App& app, Action& action) {
  auto options = std::make_shared<TrialOptions>();
  CLI::App* command = new_command(
      app, "trial", "Train one planned trial of a store, in this process, from the plan in the store alone.",
      "  bnexp trial results/lr_sweep 0123456789abcdef");
  command->add_option("STORE", options->store, "the folder that a run has written its plan into")->required();
  command->add_option("TRIAL", options->trial, "the trial's id")->required();
  command->add_option("--data-dir", options->data_folder, "folder of the data set's files")->type_name("DIR");
  command->callback([=, &action] { action = [=] { return train_one(*options); }; });
}

const bool kAdded = add_command("trial", Group::hidden, add);

}  // namespace
}  // namespace bnexp::cli
