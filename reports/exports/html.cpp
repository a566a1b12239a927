// report.html: one file with its styles, scripts and data inside. A content security policy in the page allows only
// these scripts, by their hashes.
#include <fmt/format.h>

#include "report/escape.h"
#include "report/export.h"
#include "report/html_parts.h"
#include "report/page.h"
#include "report/page_data.h"

namespace bnexp::report {
namespace {

// In execution order.
const std::vector<std::string> kScripts{"vega.min.js", "vega-lite.min.js", "vega-embed.min.js", "data.js",
                                        "details.js",  "filter.js",        "table.js",          "chart_data.js",
                                        "theme.js",    "charts.js",        "picture.js"};

std::string answer(const Document& document) {
  std::vector<std::string> results, warnings;
  for (const auto& [tone, text] : document.findings) {
    (tone == Finding::Tone::result ? results : warnings).push_back(text);
  }
  warnings.insert(warnings.end(), document.provenance_warnings.begin(), document.provenance_warnings.end());
  std::string out;
  if (document.analysis && !results.empty()) {
    out += "<p class=\"headline\">" + html_escaped(results.front()) + "</p>\n";
    results.erase(results.begin());
  }
  return out + list_html(results, "findings") + list_html(warnings, "warnings") + about_html(document.about);
}

std::string facts(const Document& document) {
  std::string out;
  for (const auto& fact : document.facts) {
    out += fmt::format("<div><dt>{}</dt><dd>{}<br><small>{}</small></dd></div>\n", html_escaped(fact.name),
                       html_escaped(fact.value), html_escaped(fact.detail));
  }
  return out.empty() ? "" : "<dl class=\"facts\">\n" + out + "</dl>\n";
}

std::string charts(const Document& document) {
  if (document.charts.empty() && document.chart_problems.empty()) return "";
  return "<section id=\"charts\"><h2>Charts</h2>\n" +
         about_html(document.analysis ? "Click a point to see its trial; its row in the table of arms leads there, too."
                                      : "") +
         figures_html(document.charts) + list_html(document.chart_problems, "warnings") + "</section>\n";
}

std::string sections(const Document& document) {
  std::string out;
  for (std::size_t i = 0; i <= document.sections.size(); ++i) {
    if (i == document.charts_before) out += charts(document);
    if (i < document.sections.size()) out += section_html(document.sections[i], document.analysis);
  }
  return out;
}

std::string navigation(const Document& document) {
  std::string out;
  const auto link = [&](const std::string& id, const std::string& title) {
    out += fmt::format("<a href=\"#{}\">{}</a>", id, html_escaped(title));
  };
  for (const auto& section : document.sections) {
    if (section.searchable) link(section.id, section.title);
  }
  if (!document.charts.empty()) link("charts", "Charts");
  link("provenance", "Provenance");
  return out;
}

std::string provenance(const Document& document) {
  std::string out = "<dl class=\"provenance\">\n";
  const auto row = [&](const Fact& fact) {
    const std::string value = html_escaped(fact.value);
    out += fmt::format("<dt>{}</dt><dd>{}</dd>\n", html_escaped(fact.name),
                       fact.code ? "<code>" + value + "</code>" : value);
  };
  for (const auto& fact : document.provenance) row(fact);
  if (!document.run.empty()) row({"Run", document.run, "", true});
  row({"Rebuild this report", document.rebuild, "", true});
  return out + "</dl>\n";
}

std::string html(const Document& document, const std::filesystem::path& assets) {
  return filled_page(assets, "page.html", kScripts,
                     {{"title", html_escaped(document.title.empty() ? "Report" : document.title)},
                      {"question", html_escaped(document.question)},
                      {"navigation", navigation(document)},
                      {"answer", answer(document)},
                      {"facts", facts(document)},
                      {"sections", sections(document)},
                      {"provenance", provenance(document)},
                      {"data", script_json(page_data(document))}});
}

BNEXP_EXPORT(html, "report.html", html);

}  // namespace
}  // namespace bnexp::report
