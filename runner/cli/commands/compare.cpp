#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <optional>
#include <string>

#include "analysis/analysis.h"
#include "base/console.h"
#include "cli/command.h"
#include "report/changes.h"
#include "report/report.h"
#include "store/bench.h"

namespace bnexp::cli {
namespace {

struct CompareOptions {
  report::StoreNames stores;
  std::string metric = "test_accuracy";
  std::optional<double> margin;  // as shown: in percentage points for an accuracy
  bool as_json = false;
  bool as_markdown = false;
};

analysis::Analysis read_store(const std::string& folder) {
  if (store::is_bench_folder(folder)) {
    throw usage_error(folder + " holds a benchmark of norms, not the trials of a suite",
                      "name two folders that `bnexp run` wrote");
  }
  return report::read(folder);
}

// The user's, else that of B's suite for the same metric, else the default.
double margin_as_shown(const CompareOptions& options, const analysis::Metric& metric, const analysis::Analysis& b) {
  if (options.margin) return *options.margin;
  if (b.comparisons && b.comparisons->metric.name() == metric.name()) return b.comparisons->margin;
  return analysis::default_margin(metric);
}

ExitCode compare(const CompareOptions& options) {
  analysis::Analysis a = read_store(options.stores.a), b = read_store(options.stores.b);
  const analysis::Metric metric(options.metric, b.thresholds);
  const double margin = margin_as_shown(options, metric, b) / metric.scale();
  const bool looked = a.looks.has_value() || b.looks.has_value();
  const analysis::Changes changes = analysis::changes(a.results, b.results, metric, margin, looked);
  if (options.as_json) {
    console::write(pretty(report::changes_json(changes, options.stores)) + "\n");
  } else if (options.as_markdown) {
    console::write(report::changes_markdown(changes, options.stores));
  } else {
    console::write(report::changes_text(changes, options.stores));
  }
  return changes.significant() > 0 ? ExitCode::trial : ExitCode::ok;
}

double read_margin(const std::string& text) {
  double number = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  if (parsed.ec != std::errc() || parsed.ptr != end || !std::isfinite(number) || number < 0) {
    throw CLI::ValidationError(fmt::format("'{}' is not a number of at least 0", text));
  }
  return number;
}

void add(CLI::App& app, Action& action) {
  auto options = std::make_shared<CompareOptions>();
  CLI::App* command = new_command(
      app, "compare", "Compare two stores, arm by arm: what differs, and what changed beyond seed noise.",
      "  bnexp run configs/lr_sweep.yaml --set execution.fused=false --store results/unfused\n"
      "  bnexp compare results/lr_sweep results/unfused\n"
      "  bnexp compare results/lr_sweep results/unfused --metric test_loss --margin 0.01\n"
      "  bnexp compare results/lr_sweep results/unfused --markdown    for a pull request\n"
      "Arms are matched by settings, else by swept values, else by label. Seeds in common are paired.\n"
      "Where seeds were added by `run --until-decided`, the intervals and p values hold at every look.\n"
      "Exit codes: 0 no significant change, 1 a significant change, 2 not comparable, 3 environment or I/O.");
  command->add_option("A", options->stores.a, "the store before")->required();
  command->add_option("B", options->stores.b, "the store after")->required();
  command
      ->add_option("--metric", options->metric,
                   "a metric, such as test_loss or steps_to_accuracy, or a number of a probe: probes.PROBE.KEY[INDEX]")
      ->type_name("NAME")
      ->capture_default_str();
  command
      ->add_option_function<std::string>(
          "--margin", [=](const std::string& text) { options->margin = read_margin(text); },
          "smallest change that matters, in percentage points for an accuracy, else in the metric's unit; default: "
          "that of B's suite (compare.margin), else 0.2 points, and 0 for other metrics")
      ->type_name("NUMBER");
  auto* json = command->add_flag("--json", options->as_json, "print the comparison as JSON");
  command->add_flag("--markdown", options->as_markdown, "print it as Markdown")->excludes(json);
  command->callback([=, &action] { action = [=] { return compare(*options); }; });
}

const bool kAdded = add_command("compare", Group::suites, add);

}  // namespace
}  // namespace bnexp::cli
