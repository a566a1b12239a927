#include "report/bench_report.h"

#include <fmt/format.h>

#include "base/files.h"
#include "report/bench_charts.h"
#include "report/bench_rows.h"
#include "report/escape.h"
#include "report/html_parts.h"
#include "report/markdown.h"
#include "report/page.h"
#include "report/provenance.h"
#include "report/words.h"

namespace bnexp::report {
namespace {

// Everything that the two files show, put into words once.
struct Contents {
  const BenchResults* results = nullptr;
  std::vector<BenchRow> rows;
  BenchWords words;
  std::vector<Chart> charts;
  Table refused;
  Provenance made;
  std::string command;
  std::string rebuild;
};

Contents contents(const BenchResults& results, const std::filesystem::path& folder) {
  Contents all;
  all.results = &results;
  all.rows = bench_rows(results);
  all.words = bench_words(results, all.rows);
  all.charts = bench_charts(all.rows);
  all.refused = refused_table(results);
  std::vector<const Json*> contexts;
  for (const auto& one : results.cases) contexts.push_back(&one.context);
  all.made = provenance(contexts);
  for (const auto& warning : all.made.warnings) all.words.warnings.push_back(warning);
  const BenchRun& run = results.run;
  all.made.facts.emplace_back("Load before the start", fixed(run.load, 2));
  all.made.facts.emplace_back("Frequency scaling", run.frequency_scaling);
  all.made.facts.emplace_back("Started", run.started_at);
  all.command = "bnexp bench " + shell_quoted(run.file) + (run.quick ? " --quick" : "");
  for (const auto& change : run.overrides) all.command += " --set " + shell_quoted(change);
  all.rebuild = "bnexp report " + shell_quoted(folder.string());
  return all;
}

std::string markdown(const Contents& all) {
  const BenchRun& run = all.results->run;
  std::string out = "# " + markdown_escaped(run.name) + "\n\n";
  if (!run.question.empty()) out += "**" + markdown_escaped(run.question) + "**\n\n";
  out += "## Answer\n\n";
  for (const auto& finding : all.words.findings) out += "- " + markdown_escaped(finding) + "\n";
  for (const auto& warning : all.words.warnings) out += "- Note: " + markdown_escaped(warning) + "\n";
  out += "\n" + markdown_escaped(kBenchConvention) + "\n\n";
  for (const auto& [direction, title] :
       {std::pair("forward", "Forward"), {"backward", "Backward"}, {"both", "Forward and backward"}}) {
    const Table table = bench_table(all.rows, direction);
    if (!table.rows.empty()) out += fmt::format("## {}\n\n{}\n", title, table_markdown(table));
  }
  if (!all.refused.rows.empty()) out += "## Left out\n\n" + table_markdown(all.refused) + "\n";
  out += "## Provenance\n\n";
  for (const auto& [name, value] : all.made.facts) out += fmt::format("- {}: {}\n", name, markdown_escaped(value));
  return out + "\nRun it:\n\n" + code_markdown(all.command) + "\nRebuild this report:\n\n" + code_markdown(all.rebuild);
}

std::string rows_html(const std::vector<BenchRow>& rows) {
  const Table table = bench_table(rows);
  std::string out = "<div class=\"wide\"><table id=\"arms\" data-rows=\"rows\"><thead><tr>";
  for (std::size_t i = 0; i < table.header.size(); ++i) out += heading(table.header[i], i >= table.texts);
  out += "</tr></thead><tbody>\n";
  for (const auto& row : table.rows) {
    out += "<tr data-status=\"\">";
    for (std::size_t i = 0; i < row.size(); ++i) {
      const bool number = i >= table.texts && row[i].front() >= '0' && row[i].front() <= '9';
      out += cell(row[i], number ? row[i].substr(0, row[i].find(' ')) : "", i >= table.texts);
    }
    out += "</tr>\n";
  }
  return out + "</tbody></table></div>\n";
}

std::string provenance_html(const Contents& all) {
  std::string out = "<dl class=\"provenance\">\n";
  const auto row = [&](const std::string& name, const std::string& value, bool code) {
    const std::string text = html_escaped(value);
    out += fmt::format("<dt>{}</dt><dd>{}</dd>\n", html_escaped(name), code ? "<code>" + text + "</code>" : text);
  };
  for (const auto& [name, value] : all.made.facts) row(name, value, name == "Flags");
  row("Run", all.command, true);
  row("Rebuild this report", all.rebuild, true);
  return out + "</dl>\n";
}

std::string html(const Contents& all, const std::filesystem::path& assets) {
  Json data{{"charts", Json::object()}};
  for (const auto& chart : all.charts) {
    for (const auto& panel : chart.panels) data["charts"][chart.id].push_back(panel.spec);
  }
  const std::string left_out =
      all.refused.rows.empty() ? "" : "<section><h2>Left out</h2>\n" + table_html(all.refused) + "</section>\n";
  const BenchRun& run = all.results->run;
  return filled_page(assets, "bench.html",
                     {"vega.min.js", "vega-lite.min.js", "vega-embed.min.js", "bench.js", "table.js", "charts.js"},
                     {{"title", html_escaped(run.name)},
                      {"question", html_escaped(run.question)},
                      {"answer", list_html(all.words.findings, "findings") + list_html(all.words.warnings, "warnings")},
                      {"convention", html_escaped(kBenchConvention)},
                      {"charts", figures_html(all.charts)},
                      {"rows", rows_html(all.rows)},
                      {"refused", left_out},
                      {"provenance", provenance_html(all)},
                      {"data", script_json(data)}});
}

}  // namespace

std::filesystem::path write_bench(const std::filesystem::path& folder, const std::filesystem::path& assets) {
  const BenchResults results = read_bench(folder);
  const Contents all = contents(results, folder);
  write_whole(folder / "report.md", markdown(all));
  write_whole(folder / "report.html", html(all, assets));
  return folder / "report.html";
}

}  // namespace bnexp::report
