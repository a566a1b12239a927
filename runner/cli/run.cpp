#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <thread>

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
  std::optional<double> timeout_s;
  std::string executor = "workers";
  bool quiet = false;
};

std::atomic<int> interruptions{0};

void count_interruption(int) { ++interruptions; }

void catch_interruptions() {
  struct sigaction action {};
  action.sa_handler = count_interruption;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

// Progress, as the session tells it.
class Screen final : public exec::Display {
 public:
  Screen(Progress::Style style, std::size_t trials, double work) : progress_(style, trials, work) {}

  static double work(const config::TrialSpec& spec) {
    return static_cast<double>(spec.train.steps.value_or(spec.train.epochs.value_or(0) * 1000)) *
           static_cast<double>(spec.train.batch_size);
  }

  void started(const std::string& trial, const std::string& name, const config::TrialSpec& spec) override {
    progress_.started(trial, name, work(spec));
  }
  void advanced(const std::string& trial, const train::Progress& progress) override {
    progress_.advanced(trial, progress);
  }
  void finished(const std::string& trial, const std::string& name, const train::TrialResult& result) override {
    progress_.finished(trial, name, result);
  }
  void say(const std::string& line) override { progress_.say(line); }

 private:
  Progress progress_;
};

store::Manifest manifest(const config::Suite& suite, const std::vector<exec::PlannedTrial>& planned) {
  store::Manifest result{.name = suite.name,
                         .question = suite.question,
                         .file = suite.file,
                         .overrides = suite.overrides,
                         .swept = suite.swept};
  for (const auto& arm : suite.arms) result.arms.push_back({arm.label, arm.values});
  for (const auto& trial : planned) {
    result.trials.push_back({trial.trial, suite.trials[trial.index].arm, suite.trials[trial.index].spec.seed});
  }
  return result;
}

std::unique_ptr<exec::Executor> make_executor(const RunOptions& options) {
  exec::Settings settings{.jobs = options.jobs,
                          .timeout_s = options.timeout_s,
                          .stop = &interruptions,
                          .worker_command = {std::filesystem::read_symlink("/proc/self/exe").string(), "worker"}};
  if (options.executor == "inline") return exec::make_inline(std::move(settings), train::run);
  return exec::make_workers(std::move(settings));
}

// "24 trials: 21 ok, 3 diverged"
std::string outcome(const exec::Summary& summary, std::size_t trials) {
  std::vector<std::string> parts;
  std::size_t known = 0;
  for (const auto& [status, count] : summary.statuses) {
    parts.push_back(fmt::format("{} {}", count, train::to_string(status)));
    known += count;
  }
  if (known < trials) parts.push_back(fmt::format("{} missing", trials - known));
  return fmt::format("{} trials: {}", trials, join(parts, ", "));
}

ExitCode run(const RunOptions& options) {
  const config::Suite suite = options.suite.load();
  const auto folder = store_folder(options.store, suite);
  data::Places places = options.suite.places();
  places.quiet = options.quiet;
  const auto planned = exec::plan(suite, folder, places);
  const auto to_run = std::count_if(planned.begin(), planned.end(), [](const auto& trial) { return !trial.cached; });
  const auto style = options.quiet                ? Progress::Style::quiet
                     : isatty(STDERR_FILENO) != 0 ? Progress::Style::live
                                                  : Progress::Style::lines;
  if (style != Progress::Style::quiet) {
    fmt::print(stderr, "{}: {} arms x {} seeds = {} trials, {} in the store, {} to train on {} {}\n", suite.name,
               suite.arms.size(), suite.seeds.size(), planned.size(), planned.size() - to_run, to_run, options.jobs,
               options.jobs == 1 ? "worker" : "workers");
    if (const auto seconds = exec::estimate(planned, options.jobs); seconds && to_run > 0) {
      fmt::print(stderr, "about {} by the records of like trials\n", human_duration(*seconds));
    }
  }

  std::map<std::string, std::shared_ptr<data::Dataset>> datasets;
  double work = 0;
  for (const auto& trial : planned) {
    if (trial.cached) continue;
    const config::TrialSpec& spec = suite.trials[trial.index].spec;
    auto& dataset = datasets[spec.data.settings.dump()];
    if (!dataset) dataset = data::load(spec.data, places);
    work += Screen::work(spec);
  }

  const store::Store store = store::Store::create(folder);
  store.write(manifest(suite, planned));
  catch_interruptions();
  const auto executor = make_executor(options);
  exec::Summary summary;
  {
    Screen screen(style, static_cast<std::size_t>(to_run), work);
    const Json context = store::context(train::libtorch_version(), train::isa(), options.jobs);
    summary = exec::run(
        suite, planned, store, context, *executor,
        [&](const config::Variant& data) { return datasets.at(data.settings.dump()); }, screen, interruptions);
  }
  const auto page = report::write(store, share_folder() / "report");
  if (to_run == 0) fmt::print("nothing to train: every trial has its record\n");
  fmt::print("{}\n", outcome(summary, planned.size()));
  if (interruptions > 0) fmt::print("stopped; the same command again goes on with what is missing\n");
  fmt::print("report: {}\n", page.string());
  return summary.statuses[train::Status::ok] == planned.size() ? ExitCode::ok : ExitCode::trial;
}

}  // namespace

void add_run(CLI::App& app, Action& action) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* command =
      add_command(app, "run", "Train every trial of a suite that has no record yet, and write its report.",
                  "  bnexp run configs/lr_sweep.yaml\n"
                  "  bnexp run configs/lr_sweep.yaml --set train.steps=300 --set seeds=5\n"
                  "  bnexp run my_suite.yaml --store results/second_try --jobs 4\n"
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
  command->add_flag("--quiet", options->quiet, "no progress");
  command->callback([=, &action] { action = [=] { return run(*options); }; });
}

}  // namespace bnexp::cli
