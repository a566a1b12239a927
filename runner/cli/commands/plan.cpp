#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/console.h"
#include "base/files.h"
#include "base/machine.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/damage.h"
#include "cli/own_store.h"
#include "cli/until_decided.h"
#include "exec/session.h"

namespace bnexp::cli {
namespace {

struct PlanOptions {
  SuiteArguments suite;
  std::string store;
  int jobs = available_cores();
  bool as_json = false;
  bool as_commands = false;
  UntilDecided until_decided;
};

// Notes to show before the trials start; may be empty.
std::vector<std::string> notes(const exec::Plan& plan) {
  std::vector<std::string> notes;
  const auto slow = std::ranges::count_if(plan.trials, [&](const exec::PlannedTrial& trial) {
    const Json& settings = plan.manifest.arms[trial.arm].settings;
    return !trial.cached() && settings.value("precision", "") == "bf16" && settings.value("device", "") != "cuda";
  });
  if (slow > 0 && !has_fast_bfloat16()) {
    notes.push_back(fmt::format(
        "{} to run with precision bf16, and this processor has no fast bfloat16 (avx512_bf16, amx_bf16): fp32 "
        "is faster here",
        plural(static_cast<std::size_t>(slow), "trial")));
  }
  if (auto damage = damage_note(plan); !damage.empty()) notes.push_back(std::move(damage));
  return notes;
}

Json to_json(const exec::Plan& plan, const std::string& store, int jobs) {
  const auto or_null = [](const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); };
  const store::Manifest& suite = plan.manifest;
  Json arms = Json::array();
  for (const auto& arm : suite.arms) arms.push_back({{"label", arm.label}, {"values", arm.values}});
  Json trials = Json::array();
  for (const auto& trial : plan.trials) {
    trials.push_back({{"trial", trial.trial},
                      {"arm", suite.arms[trial.arm].label},
                      {"seed", trial.seed},
                      {"state", trial.cached() ? "cached" : "to_run"},
                      {"estimate_s", or_null(trial.seconds)}});
  }
  return {{"suite", suite.name},
          {"question", suite.question},
          {"store", store},
          {"jobs", jobs},
          {"counts", {{"trials", plan.trials.size()}, {"cached", plan.cached()}, {"to_run", plan.to_run()}}},
          {"estimate_s", or_null(plan.seconds(jobs))},
          {"notes", notes(plan)},
          {"arms", std::move(arms)},
          {"trials", std::move(trials)}};
}

void print_text(const exec::Plan& plan, const std::string& store, int jobs) {
  const store::Manifest& suite = plan.manifest;
  console::print("{}: {}\n", suite.name, suite.question);
  std::size_t width = 3;
  for (const auto& arm : suite.arms) width = std::max(width, arm.label.size());
  std::vector<exec::Plan> by_arm(suite.arms.size());
  for (const auto& trial : plan.trials) by_arm[trial.arm].trials.push_back(trial);
  console::print("{:<{}}  {:>6}  {:>6}  {:>9}\n", "arm", width, "cached", "to run", "estimate");
  for (std::size_t i = 0; i < by_arm.size(); ++i) {
    const exec::Plan& arm = by_arm[i];
    const auto seconds = arm.seconds(1);
    const std::string time = arm.to_run() == 0 ? "" : seconds ? human_duration(*seconds) : "unknown";
    console::print("{:<{}}  {:>6}  {:>6}  {:>9}\n", suite.arms[i].label, width, arm.cached(), arm.to_run(), time);
  }
  const auto seconds = plan.seconds(jobs);
  console::print("{}, {} cached in {}, {} to run on {}: {}\n", plural(plan.trials.size(), "trial"), plan.cached(),
                 store, plan.to_run(), plural(static_cast<std::size_t>(jobs), "worker"),
                 plan.to_run() == 0 ? "nothing to do"
                 : seconds          ? "estimated time " + human_duration(*seconds)
                                    : "time unknown until similar trials have finished");
  for (const auto& note : notes(plan)) console::print("note: {}\n", note);
}

// One command in a line for each trial to run, for GNU parallel and batch systems.
ExitCode print_commands(const exec::Plan& plan, const store::Store& store) {
  exec::Listener nobody;
  exec::write_plan(plan, store, nobody);
  const std::string folder = shell_quoted(absolute_path(store.folder()).string());
  const std::string data = exec::data_option(plan.manifest.data_folder);
  for (const auto& trial : plan.trials) {
    if (!trial.cached()) console::print("bnexp trial {} {}{}\n", folder, trial.trial, data);
  }
  return ExitCode::ok;
}

ExitCode plan(const PlanOptions& options) {
  const config::Suite suite = options.suite.load();
  const auto folder = store_folder(options.store, suite);
  std::optional<store::Store> store;
  if (options.as_commands) {
    store = store::Store::create(folder);
  } else if (is_there(folder)) {
    store = store::Store::open(folder);
  }
  store::Manifest manifest = manifest_of(suite, options.suite, options.suite.places(), false);
  if (store) require_own_store(*store, manifest, !options.store.empty());
  // Until decided, at most: every arm takes all seeds.
  if (options.until_decided.is_wanted) {
    const std::size_t most = options.until_decided.most(suite.seeds.size());
    exec::add_seeds(manifest, std::vector<std::size_t>(manifest.arms.size(), most));
  }
  const exec::Plan plan = exec::make_plan(std::move(manifest), planned_steps, store ? &*store : nullptr);
  if (options.as_commands) return print_commands(plan, *store);
  if (options.as_json) {
    console::write(pretty(to_json(plan, folder.string(), options.jobs)) + "\n");
  } else {
    print_text(plan, folder.string(), options.jobs);
    if (options.until_decided.is_wanted) {
      console::print("until decided, this is the most: comparisons that are decided sooner take fewer seeds\n");
    }
  }
  return ExitCode::ok;
}

void add(CLI::App& app, Action& action) {
  auto options = std::make_shared<PlanOptions>();
  CLI::App* command =
      new_command(app, "plan", "Show a suite's arms and trials, what is cached and how long the rest takes.",
                  "  bnexp plan configs/lr_sweep.yaml\n"
                  "  bnexp plan configs/lr_sweep.yaml --set train.steps=300 --json\n"
                  "  bnexp plan configs/norm_compare.yaml --until-decided --max-seeds 12\n"
                  "  bnexp plan configs/lr_sweep.yaml --commands > commands");
  options->suite.add_to(*command, /*with_data=*/true);
  command->add_option("--store", options->store, "folder of the records; default: results/<suite>")->type_name("DIR");
  add_count(*command, "--jobs", options->jobs, 1, 4096, "number of workers for the estimate");
  options->until_decided.add_to(*command);
  CLI::Option* json = command->add_flag("--json", options->as_json, "print the plan as JSON");
  command
      ->add_flag(
          "--commands", options->as_commands,
          "write the plan into the store, and print one command per trial to run, for GNU parallel or a batch system")
      ->excludes(json);
  command->callback([=, &action] { action = [=] { return plan(*options); }; });
}

const bool kAdded = add_command("plan", Group::suites, add);

}  // namespace
}  // namespace bnexp::cli
