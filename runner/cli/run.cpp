#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <thread>

#include "base/console.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/progress.h"
#include "exec/session.h"
#include "report/report.h"
#include "store/context.h"
#include "train/trainer.h"

namespace bnexp::cli {
namespace {

struct RunOptions {
  SuiteArguments suite;
  std::string store;
  int jobs = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  double timeout_s = 0;
  std::string executor = "workers";
  bool keep_weights = false;
  bool quiet = false;
};

exec::Stop* asked_to_stop = nullptr;

// From now on Ctrl-C and SIGTERM ask the run to stop.
void catch_interruptions(exec::Stop& stop) {
  asked_to_stop = &stop;
  struct sigaction action {};
  action.sa_handler = [](int) { asked_to_stop->request(); };
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

// Trains a trial from its settings; files that they name are in `folder`.
exec::Train trainer(const std::filesystem::path& folder) {
  return [folder](const Json& settings, const data::Dataset& data, const train::Callbacks& callbacks) {
    auto spec = config::from_json<config::TrialSpec>(settings);
    spec.norm.folder = folder;
    return train::run(spec, data, callbacks);
  };
}

// What is the same for all records of this run.
Json context_of(const RunOptions& options, const config::Suite& suite, const store::Store& store) {
  Json context = store::context(train::libtorch_version(), train::isa(), options.jobs);
  const bool names_files =
      std::ranges::any_of(suite.arms, [](const config::Arm& arm) { return !arm.spec.norm.folder.empty(); });
  if (names_files) context["config_folder"] = std::filesystem::proximate(options.suite.folder(), store.folder());
  return context;
}

// What a trial costs, in a unit that is the same for all trials of a suite.
double work(const config::TrialSpec& spec) {
  return static_cast<double>(spec.train.steps.value_or(spec.train.epochs.value_or(0) * 1000)) *
         static_cast<double>(spec.train.batch_size);
}

// Shows a run as it goes on.
class Screen final : public exec::Listener {
 public:
  Screen(const config::Suite& suite, const exec::Plan& plan, Progress::Style style)
      : suite_(suite), progress_(style, plan.to_run(), work_to_do(plan)) {}

  void on_start(int, const exec::PlannedTrial& trial) override {
    progress_.started(trial.trial, name(trial), work(trial.source->spec));
  }
  void on_progress(int, const exec::PlannedTrial& trial, const train::Progress& progress) override {
    progress_.advanced(trial.trial, progress);
  }
  void on_finish(int, const exec::PlannedTrial& trial, const train::TrialResult& result) override {
    progress_.finished(trial.trial, name(trial), summary(result));
  }
  void on_found(const exec::PlannedTrial& trial, const train::TrialResult&) override {
    progress_.finished(trial.trial, name(trial), "trained by another run");
  }
  void on_wait(std::size_t trials) override {
    progress_.say(fmt::format("{} being trained by another run of this store; waiting",
                              trials == 1 ? "1 trial is" : fmt::format("{} trials are", trials)));
  }

 private:
  static double work_to_do(const exec::Plan& plan) {
    double sum = 0;
    for (const auto& trial : plan.trials) sum += trial.cached() ? 0 : work(trial.source->spec);
    return sum;
  }

  std::string name(const exec::PlannedTrial& trial) const {
    return fmt::format("{}, seed {}", suite_.arms[trial.arm].label, trial.seed);
  }

  const config::Suite& suite_;
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
    console::note("about {}, by the records of like trials\n", human_duration(*seconds));
  }
}

// Trials that ended ok before this run and whose weights were not kept then.
std::size_t without_weights(const exec::Plan& plan, const store::Store& store) {
  return static_cast<std::size_t>(std::ranges::count_if(plan.trials, [&](const auto& trial) {
    return trial.status == train::Status::ok &&
           !std::filesystem::exists(store::weights_file(store.folder(), trial.trial));
  }));
}

ExitCode run(const RunOptions& options) {
  const config::Suite suite = options.suite.load();
  data::Places places = options.suite.places();
  places.quiet = options.quiet;
  const store::Store store = store::Store::create(store_folder(options.store, suite));
  const exec::Plan plan = exec::make_plan(suite, plan_sources(places), &store);
  const auto style = options.quiet                ? Progress::Style::quiet
                     : isatty(STDERR_FILENO) != 0 ? Progress::Style::live
                                                  : Progress::Style::lines;
  if (!options.quiet) announce(suite, plan, options.jobs);

  // Before Ctrl-C means anything but the end: a download can be broken off, and heals on the next call.
  std::map<std::string, std::shared_ptr<data::Dataset>> datasets;
  for (const auto& trial : plan.trials) {
    if (trial.cached()) continue;
    const config::Variant& data = trial.source->spec.data;
    auto& dataset = datasets[data.settings.dump()];
    if (!dataset) dataset = data::load(data, places, trial.data_sha256);
  }

  exec::Stop stop;
  catch_interruptions(stop);
  exec::RunOptions run_options{.executor = options.executor,
                               .execution = {.jobs = options.jobs,
                                             .timeout_s = options.timeout_s,
                                             .stop = &stop,
                                             .data = {},
                                             .train = trainer(options.suite.folder())},
                               .context = context_of(options, suite, store),
                               .keep_weights = options.keep_weights,
                               .load = [&](const config::Variant& data) { return datasets.at(data.settings.dump()); }};
  exec::Summary result;
  {
    Screen screen(suite, plan, style);
    result = exec::run_suite(suite, plan, store, std::move(run_options), screen);
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

}  // namespace

void add_run(CLI::App& app, Action& action) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* command =
      add_command(app, "run", "Train every trial of a suite that has no record yet, and write its report.",
                  "  bnexp run configs/lr_sweep.yaml\n"
                  "  bnexp run configs/lr_sweep.yaml --set train.steps=300 --set seeds=5\n"
                  "  bnexp run my_suite.yaml --store results/second_try --jobs 4\n"
                  "  bnexp run configs/mnist_convnet.yaml --weights\n"
                  "Ctrl-C stops cleanly; the same command again goes on with what is missing.");
  options->suite.add_to(*command, /*with_data=*/true);
  command->add_option("--store", options->store, "folder of the records; default: results/<suite>")->type_name("DIR");
  command->add_option("--jobs", options->jobs, "workers, of one thread each")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  command->add_option("--timeout", options->timeout_s, "seconds a trial may take; default: no limit")
      ->check(CLI::PositiveNumber);
  command->add_option("--executor", options->executor, "workers: processes of their own; inline: in this one")
      ->check(CLI::IsMember({"workers", "inline"}))
      ->capture_default_str();
  command->add_flag("--weights", options->keep_weights,
                    "keep each trial's final weights: weights/TRIAL.safetensors in the store");
  command->add_flag("--quiet", options->quiet, "no progress");
  command->callback([=, &action] { action = [=] { return run(*options); }; });
}

}  // namespace bnexp::cli
