#include "cli/training_run.h"

#include <fmt/format.h>

#include <cmath>
#include <map>
#include <utility>
#include <vector>

#include "base/console.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/progress.h"
#include "cli/signals.h"
#include "cli/trial.h"
#include "config/settings/option.h"
#include "train/trainer.h"

namespace bnexp::cli {
namespace {

using Datasets = std::map<std::string, std::shared_ptr<data::Dataset>>;  // by the settings that name them

// The number of images that each arm's trials train on; 0 for an arm with nothing to train.
std::vector<double> work_by_arm(const exec::Plan& plan, const Datasets& datasets) {
  std::vector<double> work(plan.manifest.arms.size(), 0);
  for (const auto& trial : plan.trials) {
    if (trial.cached() || work[trial.arm] > 0) continue;
    const Json& settings = plan.manifest.arms[trial.arm].settings;
    const auto images = datasets.at(to_line(settings.at("data")))->header().train;
    work[trial.arm] =
        static_cast<double>(planned_steps(settings, images)) * settings.at("train").at("batch_size").get<double>();
  }
  return work;
}

// Shows the progress of a run.
class Screen final : public exec::Listener {
 public:
  // With trains_here, a trial that is found was trained by another run.
  Screen(const exec::Plan& plan, std::vector<double> work_by_arm, bool trains_here, Display::Style style)
      : plan_(plan),
        work_(std::move(work_by_arm)),
        trains_here_(trains_here),
        progress_(style, plan.to_run(), work_to_do()) {}

  void on_start(int, const exec::PlannedTrial& trial) override {
    progress_.started(trial.trial, plan_.name(trial), work_[trial.arm]);
  }
  void on_progress(int, const exec::PlannedTrial& trial, const train::Progress& progress) override {
    progress_.advanced(trial.trial, progress);
  }
  void on_finish(int, const exec::PlannedTrial& trial, const train::TrialResult& result) override {
    finished(trial, summary(result));
  }
  void on_found(const exec::PlannedTrial& trial, const train::TrialResult& result) override {
    finished(trial, trains_here_ ? "trained by another run" : summary(result));
  }
  void on_elsewhere(const std::vector<exec::Running>& trials) override {
    std::map<std::string, Progress::Running> running;
    for (const auto& [trial, step, steps] : trials) {
      const train::Progress progress{.step = step, .steps = steps, .loss = std::nan(""), .accuracy = {}};
      running[trial->trial] = {plan_.name(*trial), work_[trial->arm], progress};
    }
    progress_.running(std::move(running));
  }
  void on_message(const std::string& text) override { progress_.display().say(text); }
  void on_warning(const std::string& text) override { progress_.display().warn(text); }
  void on_wait(std::size_t trials) override {
    progress_.display().say(
        fmt::format("waiting for {} that another run of this store is training", plural(trials, "trial")));
  }
  void on_retry(const exec::PlannedTrial& trial, const train::Failure& failure) override {
    progress_.display().warn(fmt::format("{}: {}; it is tried once more", plan_.name(trial), failure.message));
  }
  void on_lost(const exec::PlannedTrial& trial) override {
    progress_.display().warn(
        fmt::format("{}: this process was silent for too long, and another one trains the trial", plan_.name(trial)));
  }
  void on_notice(const exec::PlannedTrial& trial, const std::string& text) override {
    progress_.display().warn(fmt::format("{}: {}", plan_.name(trial), text));
  }
  void on_damage(const std::filesystem::path& aside, const std::string& damage) override {
    progress_.display().warn(
        fmt::format("a file of the store was not usable ({}); it is set aside as {}", damage, aside.string()));
  }

 private:
  void finished(const exec::PlannedTrial& trial, const std::string& outcome) {
    progress_.finished(trial.trial, plan_.name(trial), outcome, work_[trial.arm]);
  }

  double work_to_do() const {
    double sum = 0;
    for (const auto& trial : plan_.trials) sum += trial.cached() ? 0 : work_[trial.arm];
    return sum;
  }

  const exec::Plan& plan_;
  std::vector<double> work_;  // by arm
  bool trains_here_;
  Progress progress_;
};

// Checks what depends on the data: a last batch of one image, where the norm needs more.
void require_batches(const std::string& name, const config::TrialSpec& spec, const data::Dataset& dataset) {
  if (const auto found = train::check_batches(spec, data::counts(spec.data, dataset))) {
    throw usage_error(fmt::format("{}: {}: {}", name, found->key, found->message), found->hint);
  }
}

// "24 trials: 21 ok, 3 diverged"
std::string outcome(const exec::Summary& summary) {
  std::vector<std::string> parts;
  for (const auto& [status, count] : summary.statuses) {
    parts.push_back(fmt::format("{} {}", count, train::to_string(status)));
  }
  if (summary.missing() > 0) parts.push_back(fmt::format("{} missing", summary.missing()));
  return fmt::format("{}: {}", plural(summary.planned, "trial"), join(parts, ", "));
}

}  // namespace

void TrainingOptions::add_to(CLI::App& command) {
  jobs_option = add_count(command, "--jobs", jobs, 1, 4096,
                          "number of workers, with one thread each; default: the available cores");
  add_seconds(command, "--timeout", timeout_s, "time limit of a trial; default: the suite's limits.time_s");
  add_seconds(command, "--checkpoint-every", checkpoint_every_s,
              "time between two checkpoints of a trial, from which the next run goes on; default: 60");
  add_seconds(command, "--lease", lease_s,
              "time after which other processes may train the trials of this one, if it shows no life; default: 120");
  std::string executors;
  for (const auto& name : exec::executor_names()) {
    executors += fmt::format("\n{}: {}", name, config::Catalog::instance().find("executor", name)->about.summary);
  }
  command
      .add_option("--executor", executor,
                  "where trials run, by name or with its options ({name: workers, grace_s: 5}), which `bnexp list "
                  "executors` shows:" +
                      executors)
      ->type_name("NAME")
      ->capture_default_str();
  command.add_flag("--quiet", quiet, "show no progress");
}

void TrainingOptions::check() const {
  if (!trains_here() && jobs_option != nullptr && jobs_option->count() > 0) {
    throw usage_error("--jobs is the number of workers on this machine, where this executor trains nothing",
                      "leave it out; the executor's own options are shown by `bnexp list executors`");
  }
}

config::Variant TrainingOptions::chosen() const { return config::read_option("--executor", executor, "executor"); }

bool TrainingOptions::trains_here() const { return exec::trains_here(chosen().name); }

void announce(const std::string& what, const exec::Plan& plan, const TrainingOptions& training,
              const std::string& estimate) {
  const std::string executor = training.chosen().name;
  const bool trains_here = exec::trains_here(executor);
  console::note(
      "{}, {} in the store, {} to train {}\n", what, plan.cached(), plan.to_run(),
      trains_here ? "on " + plural(static_cast<std::size_t>(training.jobs), "worker") : "by the executor " + executor);
  if (!trains_here) return;
  if (const auto seconds = plan.seconds(training.jobs); seconds && plan.to_run() > 0) {
    console::note("{}: {} (from similar finished trials)\n", estimate, human_duration(*seconds));
  }
}

std::string retry_line(std::size_t trials, const std::string& retry) {
  return fmt::format("{} crashed, failed or ran out of time or memory; {} trained again only by: {}",
                     plural(trials, "trial"), trials == 1 ? "it is" : "they are", retry);
}

void print_outcome(const exec::Summary& result, const std::string& retry) {
  if (result.trained + result.found == 0 && !result.interrupted) {
    console::print("nothing to train: every trial has its record\n");
  }
  console::print("{}\n", outcome(result));
  if (result.interrupted) console::print("stopped; run the same command again to continue\n");
  if (const std::size_t trials = result.need_retry(); trials > 0) console::print("{}\n", retry_line(trials, retry));
}

TrainingRun::TrainingRun(const TrainingOptions& options, const store::Store& store, std::filesystem::path folder,
                         const data::Places& places, exec::Stop& stop)
    : options_(options), store_(store), folder_(std::move(folder)), places_(places), stop_(stop) {}

exec::Summary TrainingRun::train(const exec::Plan& plan, bool writes_plan) {
  // Before the handlers for Ctrl-C are installed: an aborted download is repaired by the next call.
  load_data(plan);
  const config::Variant executor = options_.chosen();
  const bool trains_here = exec::trains_here(executor.name);
  config::Limits limits = plan.manifest.limits;
  if (options_.timeout_s > 0) limits.time_s = options_.timeout_s;
  exec::RunOptions run_options{
      .executor = executor,
      .execution = {.jobs = options_.jobs,
                    .limits = limits,
                    .checkpoint_every_s = options_.checkpoint_every_s,
                    .stop = &stop_,
                    .elsewhere = {.data_folder = places_.folder}},
      .lease_s = options_.lease_s,
      .end = end,
      .start = start,
      .train = trainer(folder_),
      .context = context_of(store_, folder_, options_.jobs),
      .cuda_context = trains_here ? cuda_context(plan) : Json::object(),
      .load = [&](const Json& data, const std::string&) { return datasets_.at(to_line(data)); }};
  const StopOnSignals stopping(stop_);
  Screen screen(plan, work_by_arm(plan, datasets_), trains_here, Display::style_for_stderr(options_.quiet));
  if (writes_plan) exec::write_plan(plan, store_, screen);
  return exec::run_plan(plan, store_, std::move(run_options), screen);
}

void TrainingRun::load_data(const exec::Plan& plan) {
  const std::string where = (store_.folder() / "suite.json").string();
  std::map<std::size_t, config::TrialSpec> specs;  // by arm; seeds change nothing that is checked
  for (const auto& trial : plan.trials) {
    if (trial.cached() || specs.contains(trial.arm)) continue;
    specs[trial.arm] = checked_spec(plan.settings(trial), where, folder_);
  }
  for (const auto& trial : plan.trials) {
    if (trial.cached()) continue;
    const Json& data = plan.manifest.arms[trial.arm].settings.at("data");
    auto& dataset = datasets_[to_line(data)];
    if (!dataset) dataset = data::load({data.at("name"), data}, places_, trial.data_sha256);
    if (const auto spec = specs.extract(trial.arm)) require_batches(plan.name(trial), spec.mapped(), *dataset);
  }
}

}  // namespace bnexp::cli
