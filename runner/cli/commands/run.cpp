#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/console.h"
#include "base/files.h"
#include "base/machine.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/progress.h"
#include "cli/signals.h"
#include "cli/trial.h"
#include "cli/until_decided.h"
#include "config/settings/catalog.h"
#include "config/settings/option.h"
#include "exec/session.h"
#include "report/report.h"
#include "report/verdicts.h"
#include "report/words.h"
#include "store/bench.h"
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
  UntilDecided until_decided;
};

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
  Screen(const exec::Plan& plan, std::vector<double> work_by_arm, Display::Style style)
      : plan_(plan), work_(std::move(work_by_arm)), progress_(style, plan.to_run(), work_to_do()) {}

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
  return fmt::format("{}: {}", report::plural(summary.planned, "trial"), join(parts, ", "));
}

void announce(const config::Suite& suite, const exec::Plan& plan, int jobs) {
  console::note("{}: {} x {} = {}, {} in the store, {} to train on {}\n", suite.name,
                report::plural(suite.arms.size(), "arm"), report::plural(suite.seeds.size(), "seed"),
                report::plural(plan.trials.size(), "trial"), plan.cached(), plan.to_run(),
                report::plural(static_cast<std::size_t>(jobs), "worker"));
  if (const auto seconds = plan.seconds(jobs); seconds && plan.to_run() > 0) {
    console::note("estimated time: {} (from similar finished trials)\n", human_duration(*seconds));
  }
}

// A suite without a name is named after its file. Two files of one name in two folders must not share a store by
// accident.
void require_own_store(const store::Store& store, const store::Manifest& plan, bool was_named) {
  if (store::is_bench_folder(store.folder())) {
    throw environment_error(fmt::format("{} holds a benchmark of norms", store.folder().string()),
                            "choose another folder with --store");
  }
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
                    "name another folder with --store, or give this suite its own name (suite: NAME)");
}

// Checks what depends on the data: a last batch of one image, where the norm needs more.
void require_batches(const exec::Plan& plan, const exec::PlannedTrial& trial, const data::Dataset& dataset) {
  auto spec = config::from_json<config::TrialSpec>(plan.settings(trial));
  spec.norm.folder = plan.manifest.folder;
  if (const auto found = train::check_batches(spec, data::counts(spec.data, dataset))) {
    throw usage_error(fmt::format("{}: {}: {}", plan.name(trial), found->key, found->message), found->hint);
  }
}

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

// Loads the data sets of the trials to run, and checks what depends on them.
void load_data(const exec::Plan& plan, const data::Places& places, Datasets& datasets) {
  std::set<std::size_t> checked;  // arms; seeds change no batch size
  for (const auto& trial : plan.trials) {
    if (trial.cached()) continue;
    const Json& data = plan.manifest.arms[trial.arm].settings.at("data");
    auto& dataset = datasets[to_line(data)];
    if (!dataset) dataset = data::load({data.at("name"), data}, places, trial.data_sha256);
    if (checked.insert(trial.arm).second) require_batches(plan, trial, *dataset);
  }
}

// Says what the run has done, and where it is.
void conclude(const RunOptions& options, const exec::Plan& plan, const exec::Summary& result, const store::Store& store,
              const analysis::Analysis& all, const std::filesystem::path& page) {
  if (result.trained + result.found == 0) console::print("nothing to train: every trial has its record\n");
  console::print("{}\n", outcome(result));
  if (result.interrupted) console::print("stopped; run the same command again to continue\n");
  if (options.keep_weights) {
    console::print("weights: {}\n", store::weights_file(store.folder(), "TRIAL").string());
    if (const std::size_t count = without_weights(plan, store); count > 0) {
      console::print("{} cached {} no weights; `bnexp repeat RECORD --weights FILE` writes them\n", count,
                     count == 1 ? "trial has" : "trials have");
    }
  }
  console::print("report: {}\n", page.string());
  for (const auto& claim : all.claims) console::print("{}\n", report::claim_line(claim));
}

ExitCode run(const RunOptions& options) {
  const config::Variant executor = config::read_option("--executor", options.executor, "executor");
  const config::Suite suite = options.suite.load();
  data::Places places = options.suite.places();
  places.quiet = options.quiet;
  const store::Store store = store::Store::create(store_folder(options.store, suite));
  store::Manifest manifest = manifest_of(suite, options.suite, places, options.keep_weights);
  require_own_store(store, manifest, !options.store.empty());
  const auto style = Display::style_for_stderr(options.quiet);
  Looking looking(options.until_decided, manifest, store, options.quiet);
  Datasets datasets;
  exec::Stop stop;
  exec::Summary result;
  exec::Plan plan;
  do {
    plan = exec::make_plan(manifest, planned_steps, &store);
    if (!options.quiet && looking.is_first()) announce(suite, plan, options.jobs);
    // Before the handlers for Ctrl-C are installed: an aborted download is repaired by the next call.
    load_data(plan, places, datasets);
    exec::RunOptions run_options{
        .executor = executor,
        .execution = {.jobs = options.jobs, .timeout_s = options.timeout_s, .stop = &stop},
        .train = trainer(options.suite.folder()),
        .context = context_of(store, options.suite.folder(), options.jobs),
        .cuda_context = cuda_context(plan),
        .load = [&](const Json& data, const std::string&) { return datasets.at(to_line(data)); }};
    const StopOnSignals stopping(stop);
    Screen screen(plan, work_by_arm(plan, datasets), style);
    exec::write_plan(plan, store, screen);
    const exec::Summary before = std::exchange(result, exec::run_plan(plan, store, std::move(run_options), screen));
    result.trained += before.trained;
    result.found += before.found;
  } while (!result.interrupted && looking.needs_more());
  const analysis::Analysis all = report::read(store.folder());
  const auto page = report::write(all, store.folder(), share_folder() / "report");
  conclude(options, plan, result, store, all, page);
  return is_as_claimed(all) ? ExitCode::ok : ExitCode::trial;
}

void add(CLI::App& app, Action& action) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* command =
      new_command(app, "run", "Train every trial of a suite that has no record yet, and write its report.",
                  "  bnexp run configs/lr_sweep.yaml\n"
                  "  bnexp run configs/lr_sweep.yaml --set train.steps=300 --set seeds=5\n"
                  "  bnexp run my_suite.yaml --store results/second_try --jobs 4\n"
                  "  bnexp run configs/mnist_convnet.yaml --weights\n"
                  "  bnexp run configs/norm_compare.yaml --until-decided --max-seeds 12\n"
                  "Ctrl-C stops cleanly; run the same command again to continue.");
  options->suite.add_to(*command, /*with_data=*/true);
  command->add_option("--store", options->store, "folder of the records; default: results/<suite>")->type_name("DIR");
  add_count(*command, "--jobs", options->jobs, 1, 4096,
            "number of workers, with one thread each; default: the available cores");
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
  options->until_decided.add_to(*command);
  command->add_flag("--quiet", options->quiet, "show no progress");
  command->callback([=, &action] { action = [=] { return run(*options); }; });
}

const bool kAdded = add_command("run", Group::suites, add);

}  // namespace
}  // namespace bnexp::cli
