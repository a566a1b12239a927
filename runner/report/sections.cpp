#include "report/sections.h"

#include <fmt/format.h>

#include "base/text.h"
#include "report/compare.h"
#include "report/escape.h"
#include "report/findings.h"
#include "report/html_parts.h"
#include "report/provenance.h"
#include "report/tables.h"
#include "report/words.h"

namespace bnexp::report {
namespace {

constexpr std::size_t kMaxFailures = 200;  // listed; the table of arms has them all

// A mean with its place in the order; what has no value sorts last either way.
std::string mean_cell(const Estimate& estimate, double factor, int digits) {
  if (estimate.n == 0) return cell("–");
  return cell(fixed(factor * estimate.mean, digits), fmt::format("{:.9g}", factor * estimate.mean));
}

std::string half_cell(const Estimate& estimate, double factor, int digits) {
  if (!estimate.half) return cell("");
  return cell("± " + fixed(factor * *estimate.half, digits), fmt::format("{:.9g}", factor * *estimate.half));
}

std::string badges(const Arm& arm) {
  std::string out;
  for (const auto& [status, name] : train::kStatusNames) {
    if (const std::size_t n = arm.count(name)) {
      out += fmt::format("<span class=\"badge {}\">{} {}/{}</span> ", name, name, n, arm.trials.size());
    }
  }
  if (const std::size_t n = arm.count("missing")) {
    out += fmt::format("<span class=\"badge missing\">missing {}/{}</span> ", n, arm.trials.size());
  }
  return out;
}

std::string status_words(const Arm& arm) {
  std::string words;
  for (const auto& trial : arm.trials) {
    const std::string status = trial.status();
    if (words.find(status) == std::string::npos) words += (words.empty() ? "" : " ") + status;
  }
  return words;
}

std::string arm_row(const Results& results, std::size_t index, const Arm* best) {
  const Arm& arm = results.arms[index];
  std::string row = fmt::format("<tr data-arm=\"{}\" data-status=\"{}\"{}>", index, status_words(arm),
                                &arm == best ? " class=\"best\"" : "");
  bool first = true;
  const auto name_cell = [&](const std::string& text, const std::string& sort_value, bool number) {
    const std::string inner =
        first ? fmt::format("<button type=\"button\" class=\"open\" aria-label=\"Details of {}\">{}</button>",
                            html_escaped(arm.label), html_escaped(text))
              : html_escaped(text);
    row += fmt::format("<{} class=\"{}\" data-sort=\"{}\">{}</{}>", first ? "th scope=\"row\"" : "td",
                       number ? "num" : "name", html_escaped(sort_value), inner, first ? "th" : "td");
    first = false;
  };
  for (const auto& key : results.keys) {
    const std::string text = arm.values.contains(key.path) ? value_text(arm.values.at(key.path)) : "–";
    name_cell(text, key.numeric ? text : std::to_string(key.level_of(arm.values)), key.numeric);
  }
  if (results.keys.empty()) name_cell(arm.label.empty() ? "all" : arm.label, "", false);
  row += fmt::format("<td class=\"status\" data-sort=\"{}\">{}</td>", arm.ok(), badges(arm));
  const Estimate accuracy = arm.metric("test_accuracy");
  row += mean_cell(accuracy, 100, 2) + half_cell(accuracy, 100, 2);
  if (&arm == best) {
    row += cell("best", "0");
  } else {
    const Estimate gap = best ? difference(arm, *best) : Estimate{};
    row += gap.n == 0 ? cell("–") : cell(points(gap), fmt::format("{:.9g}", gap.mean));
  }
  const Estimate seconds = arm.wall_seconds();
  row += mean_cell(arm.metric("test_loss"), 1, 4) + mean_cell(arm.metric("validation_accuracy"), 100, 2);
  row += seconds.n == 0 ? cell("–") : cell(human_duration(seconds.mean), fmt::format("{:.9g}", seconds.mean));
  return row + "</tr>\n";
}

}  // namespace

std::string answer_html(const Results& results) {
  std::vector<std::string> said, warned;
  for (const auto& finding : findings(results)) {
    (finding.tone == Finding::Tone::result ? said : warned).push_back(finding.text);
  }
  for (const auto& warning : provenance(results).warnings) warned.push_back(warning);
  std::string out;
  if (!said.empty()) {
    out += "<p class=\"headline\">" + html_escaped(said.front()) + "</p>\n";
    said.erase(said.begin());
  }
  return out + list_html(said, "findings") + list_html(warned, "warnings");
}

std::string facts_html(const Results& results) {
  std::string out = "<dl class=\"facts\">\n";
  for (const auto& data : data_facts(results)) {
    out +=
        fmt::format("<div><dt>Data</dt><dd>{}, <code title=\"SHA-256 {}\">{}</code><br><small>{}</small></dd></div>\n",
                    html_escaped(data.name), html_escaped(data.sha256), html_escaped(data.sha256.substr(0, 12)),
                    html_escaped(data.counts));
  }
  std::string chips;
  for (const auto& [status, n] : results.statuses()) {
    chips += fmt::format("<span class=\"badge {0}\">{1} {0}</span> ", status, n);
  }
  out += fmt::format("<div><dt>Trials</dt><dd>{} in {}<br>{}</dd></div>\n", plural(results.trials(), "trial"),
                     plural(results.arms.size(), "arm"), chips);
  out +=
      fmt::format("<div><dt>Time, all trials together</dt><dd>{}</dd></div>\n", human_duration(total_seconds(results)));
  return out + "</dl>\n";
}

std::string arms_html(const Results& results) {
  const Ranking ranking = rank(all_arms(results));
  const Arm* best = ranking.arms.empty() ? nullptr : ranking.arms[0];
  std::string chips;
  for (const auto& [status, n] : results.statuses()) {
    chips += fmt::format(
        "<button type=\"button\" class=\"chip\" data-status=\"{0}\" aria-pressed=\"false\">{0}</button>", status);
  }
  std::string out =
      "<div class=\"controls\"><label>Filter <input type=\"search\" id=\"filter\" placeholder=\"e.g. batch 0.1\" "
      "autocomplete=\"off\" spellcheck=\"false\"></label><span class=\"chips\" role=\"group\" aria-label=\"Status\">" +
      chips + "</span><output id=\"shown\"></output></div>\n<div class=\"wide\"><table id=\"arms\"><thead><tr>";
  for (const auto& key : results.keys) out += heading(key.name, key.numeric);
  if (results.keys.empty()) out += heading("arm", false);
  out += heading("status", false) + heading("test accuracy (%)") + heading("95 % CI") + heading("vs best, paired") +
         heading("test loss") + heading("validation (%)") + heading("time a trial") + "</tr></thead><tbody>\n";
  for (std::size_t i = 0; i < results.arms.size(); ++i) out += arm_row(results, i, best);
  return out + "</tbody></table></div>\n";
}

std::string contrasts_html(const Results& results) {
  const Table table = contrasts_table(results);
  if (table.rows.empty()) return "";
  return "<section id=\"contrasts\"><h2>Differences, all else equal</h2>\n<p class=\"about\">Test accuracy, paired by "
         "seed. The intervals are not adjusted for their number.</p>\n" +
         table_html(table) + "</section>\n";
}

std::string failures_html(const Results& results) {
  Table table = failures_table(results);
  if (table.rows.empty()) return "";
  std::string note;
  if (table.rows.size() > kMaxFailures) {
    note = fmt::format("<p class=\"about\">The first {} of {}.</p>\n", kMaxFailures, table.rows.size());
    table.rows.resize(kMaxFailures);
  }
  return "<section id=\"failures\"><h2>Trials that are not ok</h2>\n" + note + table_html(table) + "</section>\n";
}

std::string charts_html(const DrawnCharts& drawn) {
  if (drawn.charts.empty() && drawn.problems.empty()) return "";
  return "<section id=\"charts\"><h2>Charts</h2>\n<p class=\"about\">A point leads to its trial.</p>\n" +
         figures_html(drawn.charts) + list_html(drawn.problems, "warnings") + "</section>\n";
}

std::string provenance_html(const Results& results, const std::string& folder) {
  std::string out = "<dl class=\"provenance\">\n";
  const auto row = [&](const std::string& name, const std::string& value, bool code) {
    out += fmt::format("<dt>{}</dt><dd>{}{}{}</dd>\n", html_escaped(name), code ? "<code>" : "", html_escaped(value),
                       code ? "</code>" : "");
  };
  for (const auto& data : data_facts(results)) row("Data " + data.name + ", SHA-256", data.sha256, true);
  for (const auto& [name, value] : provenance(results).facts) row(name, value, name == "Flags");
  const std::string command = run_command(results);
  if (!command.empty()) row("Run", command, true);
  row("Rebuild this report", "bnexp report " + shell_quoted(folder), true);
  return out + "</dl>\n";
}

}  // namespace bnexp::report
