#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "base/console.h"
#include "base/machine.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/progress.h"
#include "cli/signals.h"
#include "cli/trial.h"
#include "config/settings/catalog.h"
#include "config/settings/option.h"
#include "exec/session.h"
#include "report/report.h"
#include "store/context.h"
#include "train/trainer.h"

namespace bnexp::cli {
namespace {

struct RunOptions {
  SuiteArguments suite;
  std::string store;
  int jobs = available_cores();
  double timeout_s = 0;
  std::string executor = "workers";
  bool keep_weights = false;
  bool quiet = false;
};

// What is the same for all records of this run.
Json context_of(const RunOptions& options, const config::Suite& suite, const store::Store& store) {
  Json context = store::context(train::libtorch_version(), train::isa(), options.jobs);
  const bool names_files =
      std::ranges::any_of(suite.arms, [](const config::Arm& arm) { return !arm.spec.norm.folder.empty(); });
  if (names_files) context["config_folder"] = std::filesystem::proximate(options.suite.folder(), store.folder());
  return context;
}

// What a trial costs, in a unit that is the same for all trials of a suite.
double work_of(const Json& settings) {
  const Json& train = settings.at("train");
  const Json steps = train.value("steps", Json());
  const Json epochs = train.value("epochs", Json());
  const double count = steps.is_number() ? steps.get<double>() : epochs.is_number() ? 1000 * epochs.get<double>() : 0;
  return count * train.at("batch_size").get<double>();
}

// Shows a run as it goes on.
class Screen final : public exec::Listener {
 public:
  Screen(const exec::Plan& plan, Display::Style style)
      : plan_(plan), work_(work_by_arm(plan)), progress_(style, plan.to_run(), work_to_do()) {}

  void on_start(int, const exec::PlannedTrial& trial) override {
    progress_.started(trial.trial, plan_.name(trial), work_[trial.arm]);
  }
  void on_progress(int, const exec::PlannedTrial& trial, const train::Progress& progress) override {
    progress_.advanced(trial.trial, progress);
  }
  void on_finish(int, const exec::PlannedTrial& trial, const train::TrialResult& result) override {
    progress_.finished(trial.trial, plan_.name(trial), summary(result));
  }
  void on_found(const exec::PlannedTrial& trial, const train::TrialResult&) override {
    progress_.finished(trial.trial, plan_.name(trial), "trained by another run");
  }
  void on_wait(std::size_t trials) override {
    progress_.display().say(fmt::format("waiting for {} that another run of this store is training",
                                        trials == 1 ? "1 trial" : fmt::format("{} trials", trials)));
  }
  void on_damage(const std::filesystem::path& aside, const std::string& damage) override {
    progress_.display().warn(
        fmt::format("a file of the store was not usable ({}); it is set aside as {}", damage, aside.string()));
  }

 private:
  static std::vector<double> work_by_arm(const exec::Plan& plan) {
    std::vector<double> work;
    for (const auto& arm : plan.manifest.arms) work.push_back(work_of(arm.settings));
    return work;
  }

  double work_to_do() const {
    double sum = 0;
    for (const auto& trial : plan_.trials) sum += trial.cached() ? 0 : work_[trial.arm];
    return sum;
  }

  const exec::Plan& plan_;
  std::vector<double> work_;  // by arm
  Progress progress_;
};

// "24 trials: 21 ok, 3 diverged"
std::string outcome(const exec::Summary& summary) {
  std::vector<std::string> parts;
  for (const auto& [status, count] : summary.statuses) {
    parts.push_back(fmt::format("{} {}", count, train::to_string(status)));
  }
  if (summary.missing() > 0) parts.push_back(fmt::format("{} missing", summary.missing()));
  return fmt::format("{} trials: {}", summary.planned, join(parts, ", "));
}

void announce(const config::Suite& suite, const exec::Plan& plan, int jobs) {
  console::note("{}: {} arms x {} seeds = {} trials, {} in the store, {} to train on {} {}\n", suite.name,
                suite.arms.size(), suite.seeds.size(), plan.trials.size(), plan.cached(), plan.to_run(), jobs,
                jobs == 1 ? "worker" : "workers");
  if (const auto seconds = plan.seconds(jobs); seconds && plan.to_run() > 0) {
    console::note("estimated time: {} (from similar finished trials)\n", human_duration(*seconds));
  }
}

// A suite without a name is named after its file: two files of one name in two folders must not share a store unasked.
void require_own_store(const store::Store& store, const store::Manifest& plan, bool was_named) {
  const auto before = store.manifest();
  if (!before || (before->file == plan.file && before->folder == plan.folder)) return;
  std::set<std::string> trials;
  for (const auto& trial : before->trials) trials.insert(trial.trial);
  const bool shares = std::ranges::any_of(plan.trials, [&](const auto& trial) { return trials.contains(trial.trial); });
  if (shares || before->trials.empty()) return;
  if (was_named) {
    console::note("note: {} held the plan and report of {}; its records stay\n", store.folder().string(), before->file);
    return;
  }
  throw usage_error(fmt::format("{} holds the results of another suite, {}", store.folder().string(), before->file),
                    "name another folder with --store, or give this suite a name of its own (suite: NAME)");
}

// Trials that ended ok before this run and whose weights were not kept then.
std::size_t without_weights(const exec::Plan& plan, const store::Store& store) {
  return static_cast<std::size_t>(std::ranges::count_if(plan.trials, [&](const auto& trial) {
    std::error_code ignored;
    return trial.status == train::Status::ok &&
           !std::filesystem::exists(store::weights_file(store.folder(), trial.trial), ignored);
  }));
}

ExitCode run(const RunOptions& options) {
  const config::Variant executor = config::read_option("--executor", options.executor, "executor");
  const config::Suite suite = options.suite.load();
  data::Places places = options.suite.places();
  places.quiet = options.quiet;
  const store::Store store = store::Store::create(store_folder(options.store, suite));
  const exec::Plan plan =
      exec::make_plan(manifest_of(suite, options.suite, places, options.keep_weights), planned_steps, &store);
  require_own_store(store, plan.manifest, !options.store.empty());
  const auto style = Display::style_for_stderr(options.quiet);
  if (!options.quiet) announce(suite, plan, options.jobs);

  // Before Ctrl-C means anything but the end: a download can be broken off, and heals on the next call.
  std::map<std::string, std::shared_ptr<data::Dataset>> datasets;
  for (const auto& trial : plan.trials) {
    if (trial.cached()) continue;
    const Json& data = plan.manifest.arms[trial.arm].settings.at("data");
    auto& dataset = datasets[to_line(data)];
    if (!dataset) dataset = data::load({data.at("name"), data}, places, trial.data_sha256);
  }

  exec::Stop stop;
  stop_on_signals(stop);
  exec::RunOptions run_options{.executor = executor,
                               .execution = {.jobs = options.jobs, .timeout_s = options.timeout_s, .stop = &stop},
                               .train = trainer(options.suite.folder()),
                               .context = context_of(options, suite, store),
                               .cuda_context = cuda_context(plan),
                               .load = [&](const Json& data) { return datasets.at(to_line(data)); }};
  exec::Summary result;
  {
    Screen screen(plan, style);
    exec::write_plan(plan, store, screen);
    result = exec::run_plan(plan, store, std::move(run_options), screen);
  }
  const auto page = report::write(store.folder(), share_folder() / "report");
  if (plan.to_run() == 0) console::print("nothing to train: every trial has its record\n");
  console::print("{}\n", outcome(result));
  if (result.interrupted) console::print("stopped; the same command again goes on with what is missing\n");
  if (options.keep_weights) {
    console::print("weights: {}\n", store::weights_file(store.folder(), "TRIAL").string());
    if (const std::size_t count = without_weights(plan, store); count > 0) {
      console::print("{} cached {} no weights; `bnexp repeat RECORD --weights FILE` makes them\n", count,
                     count == 1 ? "trial has" : "trials have");
    }
  }
  console::print("report: {}\n", page.string());
  return result.all_ok() ? ExitCode::ok : ExitCode::trial;
}

void add(CLI::App& app, Action& action) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* command =
      new_command(app, "run", "Train every trial of a suite that has no record yet, and write its report.",
                  "  bnexp run configs/lr_sweep.yaml\n"
                  "  bnexp run configs/lr_sweep.yaml --set train.steps=300 --set seeds=5\n"
                  "  bnexp run my_suite.yaml --store results/second_try --jobs 4\n"
                  "  bnexp run configs/mnist_convnet.yaml --weights\n"
                  "Ctrl-C stops cleanly; the same command again goes on with what is missing.");
  options->suite.add_to(*command, /*with_data=*/true);
  command->add_option("--store", options->store, "folder of the records; default: results/<suite>")->type_name("DIR");
  add_count(*command, "--jobs", options->jobs, 1, 4096, "workers, of one thread each; default: the cores it may use");
  add_seconds(*command, "--timeout", options->timeout_s, "time limit of a trial; default: none");
  std::string executors;
  for (const auto& name : exec::executor_names()) {
    executors += fmt::format("\n{}: {}", name, config::Catalog::instance().find("executor", name)->about.summary);
  }
  command
      ->add_option("--executor", options->executor,
                   "where trials run, by name or with its options ({name: workers, grace_s: 5}):" + executors)
      ->type_name("NAME")
      ->capture_default_str();
  command->add_flag("--weights", options->keep_weights,
                    "keep each trial's final weights: weights/TRIAL.safetensors in the store");
  command->add_flag("--quiet", options->quiet, "no progress");
  command->callback([=, &action] { action = [=] { return run(*options); }; });
}

const bool kAdded = add_command("run", Group::suites, add);

}  // namespace
}  // namespace bnexp::cli
