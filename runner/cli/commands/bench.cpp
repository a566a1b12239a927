#include "cli/bench.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>

#include "base/console.h"
#include "base/machine.h"
#include "base/text.h"
#include "base/time.h"
#include "bench/measure.h"
#include "cli/bench_progress.h"
#include "cli/signals.h"
#include "report/bench_words.h"
#include "report/report.h"
#include "store/bench.h"
#include "store/context.h"
#include "train/trainer.h"

namespace bnexp::cli {
namespace {

constexpr std::int64_t kQuickRepetitions = 3;
constexpr double kQuickSeconds = 0.001;

struct BenchOptions {
  SuiteArguments config{.file = "bench_norms", .overrides = {}, .data_folder = {}};
  std::string store;
  bool quick = false;
  bool as_json = false;
  bool quiet = false;
};

std::filesystem::path folder_of(const BenchOptions& options, const config::Bench& bench) {
  if (!options.store.empty()) return options.store;
  return std::filesystem::path("results") / (bench.name + (options.quick ? "_quick" : ""));
}

std::vector<store::BenchRefusal> kept_refusals(const std::vector<bench::Refused>& refused) {
  std::vector<store::BenchRefusal> result;
  for (const auto& one : refused) result.push_back({one.norm, one.shape, one.reason});
  return result;
}

store::BenchRun run_of(const BenchOptions& options, const PlannedBench& planned) {
  store::BenchRun run;
  run.name = planned.bench.name;
  run.question = planned.bench.question;
  run.file = planned.bench.file;
  run.overrides = planned.bench.overrides;
  run.quick = options.quick;
  run.started_at = utc_text(std::chrono::system_clock::now());
  run.load = load_average();
  run.frequency_scaling = bench::frequency_scaling();
  for (const auto& one : planned.plan.cases) run.cases.push_back(one.id());
  run.refused = kept_refusals(planned.plan.refused);
  return run;
}

store::BenchTimes kept_times(const bench::Times& times) { return {times.ns, times.iterations}; }

store::BenchCase kept_case(const bench::Measured& measured, const Json& context) {
  store::BenchCase one;
  one.id = measured.what.id();
  one.norm = bench::norm_label(measured.what.norm);
  one.settings = measured.what.settings();
  for (const auto& way : measured.ways) {
    store::BenchWay& to = one.ways[way.name];
    to.forward = kept_times(way.forward);
    if (way.backward) to.backward = kept_times(*way.backward);
    to.kept_bytes = way.kept_bytes;
    to.difference = way.difference;
  }
  one.absent = measured.absent;
  one.composed_is_torch = measured.composed_is_torch;
  one.copy = kept_times(measured.copy);
  one.copy_bytes = measured.copy_bytes;
  one.forward_bytes = measured.forward_bytes;
  one.backward_bytes = measured.backward_bytes;
  one.context = context;
  return one;
}

void announce(const PlannedBench& planned, const store::BenchRun& run, std::int64_t repetitions) {
  console::note("{}: {} cases, {} repetitions of each, one thread\n", run.name, planned.plan.cases.size(), repetitions);
  for (const auto& one : planned.plan.refused) {
    console::note("left out: {} on {}: {}\n", one.norm, one.shape, one.reason);
  }
  store::BenchResults before;
  before.run = run;
  before.run.cases.clear();
  for (const auto& warning : report::bench_words(before, {}).warnings) console::note("note: {}\n", warning);
}

bench::Outcome measure(const BenchOptions& options, const PlannedBench& planned, std::int64_t repetitions) {
  BenchProgress progress(Display::style_for_stderr(options.quiet));
  exec::Stop stop;
  const StopOnSignals stopping(stop, StopOnSignals::Second::ends_process);
  return bench::measure(
      planned.plan,
      {.repetitions = repetitions,
       .repetition_s = options.quick ? kQuickSeconds : 1e-3 * static_cast<double>(planned.bench.spec.repetition_ms),
       .progress = [&](const bench::Progress& now) { progress.show(now); },
       .stop = [&] { return stop.requested(); }});
}

void print_text(const store::BenchResults& results, bool interrupted, const std::filesystem::path& page) {
  const report::BenchWords words = report::bench_words(results, analysis::bench_rows(results));
  for (const auto& finding : words.findings) console::print("{}\n", finding);
  for (const auto& warning : words.warnings) console::print("note: {}\n", warning);
  console::print("{} of {} measured{}\n", results.cases.size(), plural(results.run.cases.size(), "case"),
                 interrupted ? "; stopped, the measurements so far are kept" : "");
  console::print("report: {}\n", page.string());
}

ExitCode bench_norms(const BenchOptions& options) {
  const PlannedBench planned = plan_bench(options.config);
  const std::int64_t repetitions =
      options.quick ? std::min(kQuickRepetitions, planned.bench.spec.repetitions) : planned.bench.spec.repetitions;
  const auto folder = folder_of(options, planned.bench);
  store::BenchResults results;
  results.run = run_of(options, planned);
  Json context = store::context(train::libtorch_version(), train::isa(), /*jobs=*/1);
  context["started_at"] = results.run.started_at;
  // Fails now, not in minutes, if the folder can't be written.
  for (const auto& aside : store::write_bench(folder, results)) {
    console::note("a file of the benchmark was not usable; it is set aside as {}\n", aside.string());
  }
  if (!options.quiet) announce(planned, results.run, repetitions);

  const bench::Outcome outcome = measure(options, planned, repetitions);
  context["contended"] = store::is_contended(outcome.usage);
  context["scheduling"] = to_json(outcome.usage);
  results.run.refused = kept_refusals(outcome.refused);
  std::erase_if(results.run.cases, [&](const std::string& id) { return outcome.failed.contains(id); });
  for (const auto& measured : outcome.cases) results.cases.push_back(kept_case(measured, context));
  store::write_bench(folder, results);
  const auto page = report::write(folder, share_folder() / "report");
  if (options.as_json) {
    Json records = Json::array();
    for (const auto& one : results.cases) records.push_back(store::to_json(one));
    console::write(pretty(records) + "\n");
  } else {
    print_text(results, outcome.interrupted, page);
  }
  return outcome.interrupted ? ExitCode::trial : ExitCode::ok;
}

void add(CLI::App& app, Action& action) {
  auto options = std::make_shared<BenchOptions>();
  CLI::App* command =
      new_command(app, "bench", "Time single norms: fused, composed and LibTorch's own, forward and backward.",
                  "  bnexp bench                                       the slides' shapes, every norm\n"
                  "  bnexp bench --quick                               a quick look, within a minute or two\n"
                  "  bnexp bench --set 'bench.norms=[batch, rms]' --set bench.repetitions=30\n"
                  "  bnexp bench my_bench.yaml --store results/idle_machine\n"
                  "  bnexp report results/bench_norms                  write the report again, from the records\n"
                  "Run it on an idle machine; the report states how noisy the machine was.\n"
                  "Ctrl-C stops and keeps the measurements so far.");
  command
      ->add_option("CONFIG", options->config.file, "a benchmark's YAML file, or the name of one that comes with bnexp")
      ->capture_default_str();
  command
      ->add_option("--set", options->config.overrides,
                   "override a value of the file: --set bench.repetitions=30 (repeatable)")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  command
      ->add_option("--store", options->store,
                   "folder of records and report; default: results/<suite>, with --quick "
                   "results/<suite>_quick")
      ->type_name("DIR");
  command->add_flag("--quick", options->quick,
                    "at most 3 repetitions of 1 ms: shows that it works, not how fast it is");
  command->add_flag("--json", options->as_json, "print the records as JSON");
  command->add_flag("--quiet", options->quiet, "show no progress");
  command->callback([=, &action] { action = [=] { return bench_norms(*options); }; });
}

const bool kAdded = add_command("bench", Group::benchmarks, add);

}  // namespace
}  // namespace bnexp::cli
