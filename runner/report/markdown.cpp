#include "report/markdown.h"

#include <fmt/format.h>

#include "base/text.h"
#include "report/compare.h"
#include "report/escape.h"
#include "report/findings.h"
#include "report/provenance.h"
#include "report/tables.h"
#include "report/words.h"

namespace bnexp::report {
namespace {

Table arms_table(const Results& results) {
  Table table;
  for (const auto& key : results.keys) table.header.push_back(key.name);
  if (results.keys.empty()) table.header.emplace_back("arm");
  table.texts = table.header.size() + 1;
  for (const char* name : {"status", "test accuracy (%)", "vs best (points)", "test loss", "validation accuracy (%)"}) {
    table.header.emplace_back(name);
  }
  const Ranking ranking = rank(all_arms(results));
  for (const auto& arm : results.arms) {
    std::vector<std::string> row;
    for (const auto& key : results.keys) {
      row.push_back(arm.values.contains(key.path) ? value_text(arm.values.at(key.path)) : "–");
    }
    if (results.keys.empty()) row.push_back(arm.label);
    row.push_back(arm.statuses());
    row.push_back(accuracy(arm.metric("test_accuracy")));
    const bool best = !ranking.arms.empty() && &arm == ranking.arms[0];
    row.push_back(ranking.arms.empty() ? "–" : best ? "best" : points(difference(arm, *ranking.arms[0])));
    row.push_back(quantity(arm.metric("test_loss"), 4));
    row.push_back(accuracy(arm.metric("validation_accuracy")));
    table.rows.push_back(std::move(row));
  }
  return table;
}

}  // namespace

std::string table_markdown(const Table& table) {
  std::string out = "|";
  for (const auto& name : table.header) out += " " + markdown_escaped(name) + " |";
  out += "\n|";
  for (std::size_t i = 0; i < table.header.size(); ++i) out += i < table.texts ? " --- |" : " ---: |";
  for (const auto& row : table.rows) {
    out += "\n|";
    for (const auto& cell : row) out += " " + markdown_escaped(cell) + " |";
  }
  return out + "\n";
}

std::string code_markdown(const std::string& text) {
  // A fence longer than any run of backticks inside.
  std::string fence = "```";
  while (text.find(fence) != std::string::npos) fence += '`';
  return fence + "sh\n" + text + "\n" + fence + "\n";
}

std::string markdown_page(const Results& results, const DrawnCharts& drawn, const std::string& folder) {
  std::string out = "# " + markdown_escaped(results.suite) + "\n\n";
  if (!results.question.empty()) out += "**" + markdown_escaped(results.question) + "**\n\n";
  out += "## Answer\n\n";
  for (const auto& finding : findings(results)) {
    out +=
        fmt::format("- {}{}\n", finding.tone == Finding::Tone::warning ? "Note: " : "", markdown_escaped(finding.text));
  }
  out += "\n";
  for (const auto& data : data_facts(results)) {
    out += fmt::format("Data: {} ({}), SHA-256 `{}`.\n\n", markdown_escaped(data.name), data.counts,
                       markdown_escaped(data.sha256));
  }
  std::vector<std::string> counts;
  for (const auto& [status, n] : results.statuses()) counts.push_back(fmt::format("{} {}", n, status));
  out += fmt::format("{} in {}: {}.\n\n", plural(results.trials(), "trial"), plural(results.arms.size(), "arm"),
                     counts.empty() ? "none" : join(counts, ", "));

  out +=
      "## Arms\n\nMeans over ok trials ± half the 95 % interval (Student's t); differences are paired by seed, with "
      "their 95 % intervals, not adjusted for their number.\n\n";
  out += table_markdown(arms_table(results)) + "\n";

  if (const Table pairs = contrasts_table(results); !pairs.rows.empty()) {
    out += "## Differences, all else equal\n\n" + table_markdown(pairs) + "\n";
  }
  if (const Table failures = failures_table(results); !failures.rows.empty()) {
    out += "## Trials that are not ok\n\n" + table_markdown(failures) + "\n";
  }
  for (const auto& chart : drawn.charts) {
    if (chart.timing || chart.table.rows.empty()) continue;
    out += "## " + chart.title + "\n\n" + markdown_escaped(chart.caption) + "\n\n" + table_markdown(chart.table) + "\n";
  }
  for (const auto& problem : drawn.problems) out += "Note: " + markdown_escaped(problem) + "\n\n";

  out += "## Provenance\n\n";
  const Provenance made = provenance(results);
  for (const auto& warning : made.warnings) out += "- Note: " + markdown_escaped(warning) + "\n";
  for (const auto& [name, value] : made.facts) out += fmt::format("- {}: {}\n", name, markdown_escaped(value));
  out += fmt::format("- All trials together: {}\n", human_duration(total_seconds(results)));
  for (const auto& arm : results.arms) {
    const Estimate seconds = arm.wall_seconds();
    if (seconds.n == 0) continue;
    out += fmt::format("- Time a trial, {}: {}\n", markdown_escaped(arm.label), human_duration(seconds.mean));
  }
  out += "\n";
  for (const auto& chart : drawn.charts) {
    if (!chart.timing || chart.table.rows.empty()) continue;
    out += "### " + chart.title + "\n\n" + table_markdown(chart.table) + "\n";
  }
  const std::string command = run_command(results);
  if (!command.empty()) out += "Run it:\n\n" + code_markdown(command) + "\n";
  out += "Rebuild this report:\n\n" + code_markdown("bnexp report " + shell_quoted(folder));
  return out;
}

}  // namespace bnexp::report
