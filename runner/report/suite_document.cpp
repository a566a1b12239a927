#include <fmt/format.h>

#include <cmath>
#include <tuple>
#include <utility>

#include "base/text.h"
#include "report/claim_words.h"
#include "report/document.h"
#include "report/provenance.h"
#include "report/verdicts.h"
#include "report/words.h"
#include "stats/curve.h"
#include "stats/proportion.h"

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

// The share of failed trials among those that ended, in percent. Wilson's interval does not hold where seeds were added
// by looking.
Cell failed_cell(const Analysis& all, const Arm& arm) {
  const stats::Count count = failures(arm);
  if (count.n == 0) return text_cell(kNoValue);
  const double share = 100 * static_cast<double>(count.events) / static_cast<double>(count.n);
  if (all.looks) return number_cell(share, fixed(share, 0));
  const auto [low, high] = stats::wilson_interval(count);
  return {fmt::format("{:.0f} [{:.0f}, {:.0f}]", share, 100 * low, 100 * high), share, 100 * low, 100 * high};
}

// What the test images leave unsure, beside the noise of the seeds. Empty without an accuracy, and where a record was
// edited so that it is none.
std::string test_noise(const Analysis& all) {
  const Arm* best = all.best();
  if (best == nullptr || best->test_accuracy.mean < 0 || best->test_accuracy.mean > 1) return "";
  const auto trial = std::ranges::find_if(best->trials, &Trial::ok);
  const Json images = trial->record->result.data.value("test", Json());
  if (!images.is_number_integer() || images.get<std::int64_t>() <= 0) return "";
  const double error = stats::binomial_standard_error(best->test_accuracy.mean, images.get<std::size_t>());
  std::string text = fmt::format(
      " The {} test images are a second source of noise, which seeds don't show: at {} their standard error is {} "
      "points",
      images.get<std::int64_t>(), percent(best->test_accuracy.mean), fixed(100 * error, 2));
  if (best->test_accuracy.sd)
    text += fmt::format("; the seeds' standard deviation there is {} points", fixed(100 * *best->test_accuracy.sd, 2));
  return text + ".";
}

bool any_failed(const Analysis& all) {
  return std::ranges::any_of(all.results.arms, [](const Arm& arm) { return failures(arm).events > 0; });
}

Table arms_table(const Analysis& all) {
  const auto& results = all.results;
  const bool failed = any_failed(all), several = results.arms.size() > 1;
  Table table;
  for (const auto& key : results.keys) {
    table.columns.push_back({key.name, "", Column::Kind::text});
  }
  if (results.keys.empty()) table.columns.push_back(text_column("arm"));
  table.columns.push_back({"status", "", Column::Kind::statuses});
  if (failed) table.columns.push_back({"failed", "%"});
  table.columns.push_back({"test accuracy", "%"});
  if (several) table.columns.push_back({"vs best", "points"});
  for (const Column& column : std::initializer_list<Column>{
           {"test loss"}, {"validation accuracy", "%"}, {"time per trial", "", Column::Kind::number, true}}) {
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
    if (failed) row.push_back(failed_cell(all, arm));
    row.push_back(mean_cell(arm.test_accuracy, 100, 2));
    if (several) row.push_back(&arm == all.best() ? number_cell(0, "best") : to_best_cell(arm, all.to_best[i]));
    row.push_back(mean_cell(arm.test_loss, 1, 4));
    row.push_back(mean_cell(arm.validation_accuracy, 100, 2));
    const Estimate& seconds = arm.wall_seconds;
    row.push_back(seconds.n == 0 ? text_cell(kNoValue) : number_cell(seconds.mean, human_duration(seconds.mean)));
  }
  return table;
}

std::string arms_about(const Analysis& all) {
  std::string text = "Means over ok trials ± half the 95 % interval (Student's t over seeds).";
  if (all.results.arms.size() > 1) {
    text += fmt::format(
        " Differences to the best arm (by {} accuracy) are in percentage points of test accuracy, paired by seed, with "
        "their 95 % {}, not adjusted for their number; \u2248: the seeds can't tell the arm from the best.",
        all.ranking.by_validation ? "validation" : "test",
        all.looks ? "confidence sequences, which hold at every look, unlike the \u00b1" : "intervals");
  }
  if (any_failed(all))
    text += fmt::format(" Failed: of the trials that ended{}.", all.looks ? "" : ", with Wilson's 95 % interval");
  return text + test_noise(all);
}

// How fast each arm learned. Times are medians over the seeds; a trial that never gets there counts as infinite. They
// are left out where no trial gets there. Curves of one point say nothing but the final loss.
Section progress_section(const Analysis& all) {
  const std::string above = fmt::format("{:g} %", 100 * all.thresholds.trains);
  const auto values_of = [&](const Arm& arm, const char* name) {
    std::vector<double> values;
    for (const auto& [seed, value] : analysis::Metric(name, all.thresholds).by_seed(arm)) values.push_back(value);
    return values;
  };
  const auto time_cell = [](const stats::TimesToThreshold& of, int digits) {
    if (of.median.n == 0) return text_cell(kNoValue);
    if (std::isinf(of.median.median)) return text_cell("\u221e");
    return number_cell(of.median.median, fixed(of.median.median, digits));
  };
  std::vector<stats::TimesToThreshold> steps;
  bool has_curves = false;
  for (const auto& arm : all.results.arms) {
    steps.push_back(stats::times_to_threshold(values_of(arm, "steps_to_accuracy")));
    has_curves = has_curves || !values_of(arm, "validation_area").empty();
  }
  const bool any = std::ranges::any_of(steps, [](const auto& of) { return of.median.n > 0; });
  const bool reached = has_curves && std::ranges::any_of(steps, [](const auto& of) { return of.reached > 0; });
  Section section{.id = "progress", .title = "Progress of training", .about = "", .table = {}};
  if (!any) return section;
  if (reached) {
    section.about = fmt::format(
        "Steps and time to the first measurement above {} validation accuracy: medians over the seeds; a trial that "
        "never "
        "gets there, also because it fails before, counts as infinite. The other columns: means over ok trials.",
        above);
  } else if (has_curves) {
    section.about = fmt::format("Means over ok trials. No trial reaches {} validation accuracy.", above);
  } else {
    section.about = "Mean over ok trials. Each trial was measured once, at its end, so how fast it learned is unknown.";
  }
  std::vector<std::tuple<const char*, Column, double, int>> means;
  if (has_curves) means.emplace_back("validation_area", Column{"mean validation accuracy", "%"}, 100, 2);
  means.emplace_back("train_loss", Column{"final training loss"}, 1, 4);
  if (has_curves) means.emplace_back("worst_loss", Column{"worst training loss"}, 1, 4);
  auto& columns = section.table.columns;
  columns.push_back(text_column("arm"));
  if (reached) {
    columns.push_back({"steps to " + above});
    columns.push_back({"time to " + above, "s", Column::Kind::number, true});
    columns.push_back({"reached it"});
  }
  for (const auto& [name, column, scale, digits] : means) columns.push_back(column);
  for (std::size_t i = 0; i < all.results.arms.size(); ++i) {
    const Arm& arm = all.results.arms[i];
    auto& row = section.table.rows.emplace_back();
    row.push_back(text_cell(arm.label));
    if (reached) {
      row.push_back(time_cell(steps[i], 0));
      row.push_back(time_cell(stats::times_to_threshold(values_of(arm, "seconds_to_accuracy")), 1));
      row.push_back(
          text_cell(steps[i].median.n == 0 ? kNoValue : fmt::format("{}/{}", steps[i].reached, steps[i].median.n)));
    }
    for (const auto& [name, column, scale, digits] : means)
      row.push_back(mean_cell(analysis::Metric(name, all.thresholds).mean(arm), scale, digits));
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
      const bool explained = trial.record != nullptr && trial.record->result.failure;
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
            "which hold at every look; shares of failed trials are of the seeds that were fixed before."
          : "";
  const bool one_setting =
      std::ranges::all_of(of.matched, [](const analysis::Compared& row) { return row.where.empty(); });
  add({.id = "claims", .title = "Claims", .about = looked, .table = claims_table(all.claims)});
  add({.id = "arms-section",
       .title = "Arms",
       .about = arms_about(all),
       .table = arms_table(all),
       .searchable = true,
       .arms = true});
  add({.id = "comparisons-best",
       .title = "Against " + of.baseline + ", each at its best setting",
       .about = std::string(all.ranking.by_validation
                                ? "The best setting of an arm is chosen by validation accuracy. "
                                : "The best setting of an arm is chosen by test accuracy where a record has no "
                                  "validation accuracy, which favours it. ") +
                comparison_about(of.best, of, false) +
                (of.looks ? " Seeds were added for the sake of the comparisons at equal settings, so that one here may "
                            "stay undecided."
                          : "") +
                " The next table explains the columns.",
       .table = comparison_table(of.best, of)});
  add({.id = "comparisons",
       .title = "Against " + of.baseline + (one_setting ? "" : ", at equal settings"),
       .about = comparison_about(of.matched, of, true),
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
