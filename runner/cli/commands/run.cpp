#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/console.h"
#include "base/files.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/own_store.h"
#include "cli/training_run.h"
#include "cli/until_decided.h"
#include "exec/session.h"
#include "report/claim_words.h"
#include "report/report.h"

namespace bnexp::cli {
namespace {

struct RunOptions {
  SuiteArguments suite;
  std::string store;
  TrainingOptions training;
  bool keep_weights = false;
  UntilDecided until_decided;
};

// Trials that ended ok before this run and whose weights were not kept then.
std::size_t without_weights(const exec::Plan& plan, const store::Store& store) {
  return static_cast<std::size_t>(std::ranges::count_if(plan.trials, [&](const auto& trial) {
    return trial.status == train::Status::ok && !is_there(store::weights_file(store.folder(), trial.trial));
  }));
}

// Whether every planned trial ended ok, or diverged where a claim allows for that, and no claim is refuted.
bool is_as_claimed(const analysis::Analysis& all) {
  const auto refuted = [](const auto& claim) { return claim.answer.decision == analysis::Decision::refuted; };
  return std::ranges::none_of(all.claims, refuted) && std::ranges::all_of(all.results.arms, [&](const auto& arm) {
           return std::ranges::all_of(
               arm.trials, [&](const auto& trial) { return analysis::is_as_claimed(trial, arm, all.claims); });
         });
}

// Says what the run has done, and where it is.
void conclude(const RunOptions& options, const exec::Plan& plan, const exec::Summary& result, const store::Store& store,
              const analysis::Analysis& all, const std::filesystem::path& page) {
  print_outcome(result, exec::retry_command(store.folder().string(), plan.manifest.data_folder));
  if (options.keep_weights) {
    console::print("weights: {}\n", store::weights_file(store.folder(), "TRIAL").string());
    if (const std::size_t count = without_weights(plan, store); count > 0) {
      console::print("{} cached {} no weights; `bnexp repeat RECORD --weights FILE` writes them\n", count,
                     count == 1 ? "trial has" : "trials have");
    }
  }
  console::print("report: {}\n", page.string());
  for (const auto& claim : all.claims) console::write(report::claim_lines(claim));
}

ExitCode run(const RunOptions& options) {
  const TrainingOptions& training = options.training;
  training.check();
  const config::Suite suite = options.suite.load();
  if (options.until_decided.is_wanted) options.until_decided.most(suite.seeds.size());
  data::Places places = options.suite.places();
  places.quiet = training.quiet;
  const store::Store store = store::Store::create(store_folder(options.store, suite));
  store::Manifest manifest = manifest_of(suite, options.suite, places, options.keep_weights);
  require_own_store(store, manifest, !options.store.empty());
  Looking looking(options.until_decided, manifest, store, training.quiet);
  exec::Stop stop;
  TrainingRun session(training, store, options.suite.folder(), places, stop);
  exec::Summary result;
  exec::Plan plan;
  do {
    plan = exec::make_plan(manifest, planned_steps, &store);
    if (!training.quiet && looking.is_first()) {
      announce(fmt::format("{}: {} x {} = {}", suite.name, plural(suite.arms.size(), "arm"),
                           plural(suite.seeds.size(), "seed"), plural(plan.trials.size(), "trial")),
               plan, training, "estimated time");
    }
    const exec::Summary before = std::exchange(result, session.train(plan, /*writes_plan=*/true));
    result.trained += before.trained;
    result.found += before.found;
  } while (!result.interrupted && looking.needs_more());
  const analysis::Analysis all = report::read(store.folder());
  const auto page = report::write(all, store.folder(), share_folder() / "report");
  conclude(options, plan, result, store, all, page);
  if (result.newer_checkpoint) throw *result.newer_checkpoint;
  return is_as_claimed(all) ? ExitCode::ok : ExitCode::trial;
}

void add(CLI::App& app, Action& action) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* command = new_command(
      app, "run", "Train every trial of a suite that has no record yet, and write its report.",
      "  bnexp run configs/lr_sweep.yaml\n"
      "  bnexp run configs/lr_sweep.yaml --set train.steps=300 --set seeds=5\n"
      "  bnexp run my_suite.yaml --store results/second_try --jobs 4\n"
      "  bnexp run configs/mnist_convnet.yaml --weights\n"
      "  bnexp run configs/norm_compare.yaml --until-decided --max-seeds 12\n"
      "Ctrl-C stops cleanly; run the same command again to continue. A trial that crashed twice, failed, or ran\n"
      "out of time or memory has its record: `bnexp retry` trains it again.");
  options->suite.add_to(*command, /*with_data=*/true);
  command->add_option("--store", options->store, "folder of the records; default: results/<suite>")->type_name("DIR");
  command->add_flag("--weights", options->keep_weights,
                    "keep each trial's final weights: weights/TRIAL.safetensors in the store");
  options->until_decided.add_to(*command);
  options->training.add_to(*command);
  command->callback([=, &action] { action = [=] { return run(*options); }; });
}

const bool kAdded = add_command("run", Group::suites, add);

}  // namespace
}  // namespace bnexp::cli
