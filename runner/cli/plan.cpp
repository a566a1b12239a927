#include "exec/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "base/text.h"
#include "cli/command.h"

namespace bnexp::cli {
namespace {

struct PlanOptions {
  SuiteArguments suite;
  std::string store;
  int jobs = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  bool as_json = false;
};

Json to_json(const config::Suite& suite, const std::vector<exec::PlannedTrial>& planned, const std::string& store,
             int jobs) {
  const auto or_null = [](const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); };
  Json arms = Json::array();
  for (const auto& arm : suite.arms) arms.push_back({{"label", arm.label}, {"values", arm.values}});
  Json trials = Json::array();
  std::size_t cached = 0;
  for (const auto& trial : planned) {
    const config::Trial& source = suite.trials[trial.index];
    cached += trial.cached ? 1 : 0;
    trials.push_back({{"trial", trial.trial},
                      {"arm", suite.arms[source.arm].label},
                      {"seed", source.spec.seed},
                      {"state", trial.cached ? "cached" : "to_run"},
                      {"estimate_s", or_null(trial.estimate_s)}});
  }
  return {{"suite", suite.name},
          {"question", suite.question},
          {"store", store},
          {"jobs", jobs},
          {"counts", {{"trials", planned.size()}, {"cached", cached}, {"to_run", planned.size() - cached}}},
          {"estimate_s", or_null(exec::estimate(planned, jobs))},
          {"arms", std::move(arms)},
          {"trials", std::move(trials)}};
}

void print_text(const config::Suite& suite, const std::vector<exec::PlannedTrial>& planned, const std::string& store,
                int jobs) {
  fmt::print("{}: {}\n", suite.name, suite.question);
  std::size_t width = 3;
  for (const auto& arm : suite.arms) width = std::max(width, arm.label.size());
  fmt::print("{:<{}}  {:>6}  {:>6}  {:>9}\n", "arm", width, "cached", "to run", "estimate");
  std::vector<std::vector<exec::PlannedTrial>> by_arm(suite.arms.size());
  for (const auto& trial : planned) by_arm[suite.trials[trial.index].arm].push_back(trial);
  for (std::size_t i = 0; i < by_arm.size(); ++i) {
    const auto cached = std::count_if(by_arm[i].begin(), by_arm[i].end(), [](const auto& t) { return t.cached; });
    const auto to_run = static_cast<std::ptrdiff_t>(by_arm[i].size()) - cached;
    const auto seconds = exec::estimate(by_arm[i], 1);
    fmt::print("{:<{}}  {:>6}  {:>6}  {:>9}\n", suite.arms[i].label, width, cached, to_run,
               to_run == 0 ? ""
               : seconds   ? human_duration(*seconds)
                           : "unknown");
  }
  const auto to_run = std::count_if(planned.begin(), planned.end(), [](const auto& trial) { return !trial.cached; });
  const auto seconds = exec::estimate(planned, jobs);
  fmt::print("{} trials, {} cached in {}, {} to run on {} {}: {}\n", planned.size(), planned.size() - to_run, store,
             to_run, jobs, jobs == 1 ? "worker" : "workers",
             to_run == 0 ? "nothing to do"
             : seconds   ? "about " + human_duration(*seconds)
                         : "time unknown until like trials have records");
}

ExitCode plan(const PlanOptions& options) {
  const config::Suite suite = options.suite.load();
  const auto folder = store_folder(options.store, suite);
  const auto planned = exec::plan(suite, folder, options.suite.places());
  if (options.as_json) {
    fmt::print("{}\n", to_json(suite, planned, folder.string(), options.jobs).dump(2));
  } else {
    print_text(suite, planned, folder.string(), options.jobs);
  }
  return ExitCode::ok;
}

}  // namespace

void add_plan(CLI::App& app, Action& action) {
  auto options = std::make_shared<PlanOptions>();
  CLI::App* command =
      add_command(app, "plan", "Show a suite's arms and trials, what is cached and how long the rest takes.",
                  "  bnexp plan configs/lr_sweep.yaml\n"
                  "  bnexp plan configs/lr_sweep.yaml --set train.steps=300 --json");
  options->suite.add_to(*command, /*with_data=*/true);
  command->add_option("--store", options->store, "folder of the records; default: results/<suite>")->type_name("DIR");
  command->add_option("--jobs", options->jobs, "workers to reckon with")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  command->add_flag("--json", options->as_json, "for machines");
  command->callback([=, &action] { action = [=] { return plan(*options); }; });
}

}  // namespace bnexp::cli
