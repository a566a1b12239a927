#include <fmt/format.h>

#include <cmath>
#include <tuple>
#include <utility>

#include "base/text.h"
#include "report/document.h"
#include "report/provenance.h"
#include "report/verdicts.h"
#include "report/words.h"
#include "stats/curve.h"

namespace bnexp::report {
namespace {

constexpr std::size_t kPageFailures = 200;

// The difference to the best arm, with a mark if seeds can't tell the two apart.
Cell to_best_cell(const Arm& arm, const Estimate& difference) {
  Cell cell = points_cell(difference);
  const bool has_spread = difference.half ? *difference.half > 0 : difference.n > 1;
  if (arm.complete() && has_spread && !difference.clears_zero()) cell.text += " \u2248";
  return cell;
}

Table arms_table(const Analysis& all) {
  const auto& results = all.results;
  const std::string criterion = all.ranking.by_validation ? "validation" : "test";
  Table table;
  for (const auto& key : results.keys) {
    table.columns.push_back({key.name, "", Column::Kind::text});
  }
  if (results.keys.empty()) table.columns.push_back(text_column("arm"));
  for (const Column& column : std::initializer_list<Column>{{"status", "", Column::Kind::statuses},
                                                            {"test accuracy", "%"},
                                                            {"vs best by " + criterion, "points"},
                                                            {"test loss"},
                                                            {"validation accuracy", "%"},
                                                            {"time per trial", "", Column::Kind::number, true}}) {
    table.columns.push_back(column);
  }
  for (std::size_t i = 0; i < results.arms.size(); ++i) {
    const Arm& arm = results.arms[i];
    auto& row = table.rows.emplace_back();
    for (const auto& key : results.keys) {
      const std::string text = arm.values.contains(key.path) ? key.text_of(arm.values) : kNoValue;
      row.push_back(key.numeric && arm.values.contains(key.path)
                        ? number_cell(arm.values.at(key.path).get<double>(), text)
                        : text_cell(text));
    }
    if (results.keys.empty()) row.push_back(text_cell(arm.label.empty() ? "all" : arm.label));
    row.push_back(number_cell(static_cast<double>(arm.ok()), statuses(arm)));
    row.push_back(mean_cell(arm.test_accuracy, 100, 2));
    row.push_back(&arm == all.best() ? number_cell(0, "best") : to_best_cell(arm, all.to_best[i]));
    row.push_back(mean_cell(arm.test_loss, 1, 4));
    row.push_back(mean_cell(arm.validation_accuracy, 100, 2));
    const Estimate& seconds = arm.wall_seconds;
    row.push_back(seconds.n == 0 ? text_cell(kNoValue) : number_cell(seconds.mean, human_duration(seconds.mean)));
  }
  return table;
}

// How fast each arm learned. Times are medians over the seeds; a trial that never gets there counts as infinite. They
// are left out where no trial gets there.
Section progress_section(const Analysis& all) {
  const std::string above = fmt::format("{:g} %", 100 * all.thresholds.trains);
  const auto by_seed = [&](const Arm& arm, const char* name) {
    std::vector<double> values;
    for (const auto& [seed, value] : analysis::Metric(name, all.thresholds).by_seed(arm)) values.push_back(value);
    return stats::times_to_threshold(values);
  };
  const auto time_cell = [](const stats::TimesToThreshold& of, int digits) {
    if (of.median.n == 0) return text_cell(kNoValue);
    if (std::isinf(of.median.median)) return text_cell("\u221e");
    return number_cell(of.median.median, fixed(of.median.median, digits));
  };
  std::vector<stats::TimesToThreshold> steps;
  for (const auto& arm : all.results.arms) steps.push_back(by_seed(arm, "steps_to_accuracy"));
  const bool any = std::ranges::any_of(steps, [](const auto& of) { return of.median.n > 0; });
  const bool reached = std::ranges::any_of(steps, [](const auto& of) { return of.reached > 0; });
  Section section{.id = "progress", .title = "Progress of training", .about = "", .table = {}};
  if (!any) return section;
  section.about = reached
                      ? "Steps and time: medians over the seeds; a trial that never gets there, or fails, counts as "
                        "infinite. The other columns: means over ok trials."
                      : "Means over ok trials. No trial reaches " + above + " validation accuracy.";
  auto& columns = section.table.columns;
  columns.push_back(text_column("arm"));
  if (reached) {
    columns.push_back({"steps to " + above});
    columns.push_back({"time to " + above, "s", Column::Kind::number, true});
    columns.push_back({"reached it"});
  }
  columns.insert(columns.end(), {{"mean validation accuracy", "%"}, {"final training loss"}, {"worst training loss"}});
  for (std::size_t i = 0; i < all.results.arms.size(); ++i) {
    const Arm& arm = all.results.arms[i];
    auto& row = section.table.rows.emplace_back();
    row.push_back(text_cell(arm.label));
    if (reached) {
      row.push_back(time_cell(steps[i], 0));
      row.push_back(time_cell(by_seed(arm, "seconds_to_accuracy"), 1));
      row.push_back(text_cell(fmt::format("{}/{}", steps[i].reached, steps[i].median.n)));
    }
    for (const auto& [name, scale, digits] :
         {std::tuple("validation_area", 100, 2), std::tuple("train_loss", 1, 4), std::tuple("worst_loss", 1, 4)}) {
      row.push_back(mean_cell(analysis::Metric(name, all.thresholds).mean(arm), scale, digits));
    }
  }
  return section;
}

// Every planned trial that isn't ok, and why; its id first.
Table failures_table(const Analysis& all) {
  Table table;
  for (const char* name : {"trial", "arm", "seed", "status", "why"}) table.columns.push_back(text_column(name));
  for (const auto& arm : all.results.arms) {
    for (const auto& trial : arm.trials) {
      if (trial.ok()) continue;
      const bool explained = trial.record && trial.record->result.failure;
      table.rows.push_back({text_cell(trial.id), text_cell(arm.label),
                            number_cell(static_cast<double>(trial.seed), std::to_string(trial.seed)),
                            text_cell(analysis::name_of(trial.outcome())),
                            text_cell(explained ? trial.record->result.failure->message : kNoValue)});
    }
  }
  return table;
}

std::vector<Fact> facts(const Analysis& all) {
  std::vector<Fact> facts;
  for (const auto& data : all.provenance.data) facts.push_back({"Data", data.name, image_counts(data)});
  std::vector<std::string> counts;
  for (const auto outcome : analysis::all_outcomes()) {
    const std::size_t n = all.results.counts[outcome];
    if (n > 0) counts.push_back(fmt::format("{} {}", n, analysis::name_of(outcome)));
  }
  facts.push_back({"Trials", plural(all.results.trials, "trial") + " in " + plural(all.results.arms.size(), "arm"),
                   join(counts, ", ")});
  return facts;
}

// Those that have rows.
void add_sections(const Analysis& all, Document& document) {
  const auto add = [&](Section section) {
    if (!section.table.empty()) document.sections.push_back(std::move(section));
  };
  const analysis::Comparisons& of = *all.comparisons;
  const std::string looked =
      all.looks
          ? "Seeds were added by looking. The intervals of means, differences and ratios are confidence sequences, "
            "which hold at every look; shares of failed trials are of the seeds that were fixed before. "
            "The interval of an equality stays Student's, over all trials."
          : "";
  add({.id = "claims", .title = "Claims", .about = looked, .table = claims_table(all.claims)});
  add({.id = "arms-section",
       .title = "Arms",
       .about = "Means over ok trials ± half the 95 % interval (Student's t over seeds). Differences are in percentage "
                "points of test accuracy, paired by seed, with their 95 % " +
                std::string(all.looks ? "confidence sequences, which hold at every look, unlike the \u00b1,"
                                      : "intervals,") +
                " not adjusted for their number; \u2248: the seeds can't tell the arm from the best.",
       .table = arms_table(all),
       .searchable = true,
       .arms = true});
  add({.id = "comparisons-best",
       .title = "Against " + of.baseline + ", each at its best setting",
       .about = "The best setting of an arm is chosen by validation accuracy. " +
                comparison_about(of.best, all, false) +
                (of.looks ? " Seeds were added for the sake of the comparisons at equal settings, so that one here may "
                            "stay undecided."
                          : "") +
                " The next table explains the columns.",
       .table = comparison_table(of.best, of)});
  add({.id = "comparisons",
       .title = "Against " + of.baseline + ", at equal settings",
       .about = comparison_about(of.matched, all, true),
       .table = comparison_table(of.matched, of)});
  add(progress_section(all));
  add({.id = "failures",
       .title = "Trials that are not ok",
       .about = "",
       .table = failures_table(all),
       .page_rows = kPageFailures});
}

}  // namespace

Document document_of(const Analysis& all, const std::string& folder) {
  Document document;
  document.analysis = &all;
  document.folder = folder;
  document.title = all.results.suite;
  document.question = all.results.question;
  document.findings = findings(all);
  ProvenanceWords made = provenance_words(all.provenance);
  document.facts = facts(all);
  add_sections(all, document);
  document.charts_before = document.sections.size();
  DrawnCharts drawn = draw_charts(all);
  document.charts = std::move(drawn.charts);
  document.chart_problems = std::move(drawn.problems);
  for (const auto& data : all.provenance.data) {
    document.provenance.push_back({"Data " + data.name + ", SHA-256", data.sha256, "", true});
  }
  for (const auto& [name, value] : made.facts) document.provenance.push_back({name, value, "", name == "Flags"});
  document.provenance.push_back({"All trials together", human_duration(all.provenance.seconds)});
  document.provenance_warnings = std::move(made.warnings);
  document.run = run_command(all.results);
  document.rebuild = "bnexp report " + shell_quoted(folder);
  return document;
}

}  // namespace bnexp::report
