// report.md: the report as text that diffs well. Everything that may differ between two runs of the same trials (times,
// machines) is under "Provenance", at the end.
#include <fmt/format.h>

#include "base/text.h"
#include "report/escape.h"
#include "report/export.h"

namespace bnexp::report {
namespace {

std::string paragraph(const std::string& text) { return text.empty() ? "" : markdown_escaped(text) + "\n\n"; }

std::string subsection(const std::string& title, const Table& table) {
  return "\n### " + markdown_escaped(title) + "\n\n" + markdown_table(table);
}

// A block of shell commands.
std::string commands(const std::string& title, const std::string& text) {
  if (text.empty()) return "";
  // A fence longer than any run of backticks in the text.
  std::string fence = "```";
  while (text.find(fence) != std::string::npos) fence += '`';
  return "\n" + title + ":\n\n" + fence + "sh\n" + printable(text) + "\n" + fence + "\n";
}

std::string fact_text(const Fact& fact) {
  const std::string value = fact.code ? "`" + markdown_escaped(fact.value) + "`" : markdown_escaped(fact.value);
  return value + (fact.detail.empty() ? "" : " (" + markdown_escaped(fact.detail) + ")");
}

std::string markdown(const Document& document, const std::filesystem::path& /*assets*/) {
  std::string out = "# " + markdown_escaped(document.title) + "\n\n";
  if (!document.question.empty()) out += "**" + markdown_escaped(document.question) + "**\n\n";
  out += "## Answer\n\n";
  for (const auto& [tone, text] : document.findings) {
    out += fmt::format("- {}{}\n", tone == Finding::Tone::warning ? "Note: " : "", markdown_escaped(text));
  }
  out += "\n" + paragraph(document.about);
  for (const auto& fact : document.facts) out += fmt::format("{}: {}.\n\n", fact.name, fact_text(fact));

  std::string times;
  for (const auto& section : document.sections) {
    out += "## " + markdown_escaped(section.title) + "\n\n" + paragraph(section.about) +
           markdown_table(section.table.timed(false));
    const Table timed = section.table.timed(true);
    if (!timed.empty()) times += subsection(section.title, timed);
  }
  for (const auto& chart : document.charts) {
    if (chart.table.empty()) continue;
    if (chart.timing) {
      times += subsection(chart.title, chart.table);
    } else {
      out += "## " + markdown_escaped(chart.title) + "\n\n" + paragraph(chart.caption) + markdown_table(chart.table);
    }
  }
  for (const auto& problem : document.chart_problems) out += "Note: " + paragraph(problem);

  out += "## Provenance\n\n";
  for (const auto& warning : document.provenance_warnings) out += "- Note: " + markdown_escaped(warning) + "\n";
  for (const auto& fact : document.provenance)
    out += fmt::format("- {}: {}\n", markdown_escaped(fact.name), fact_text(fact));
  return out + times + commands("Run it", document.run) + commands("Rebuild this report", document.rebuild);
}

BNEXP_EXPORT(markdown, "report.md", markdown);

}  // namespace
}  // namespace bnexp::report
