#include "report/html_parts.h"

#include <fmt/format.h>

#include "report/escape.h"

namespace bnexp::report {
namespace {

const char* mark_name(LegendItem::Mark mark) {
  switch (mark) {
    case LegendItem::Mark::line:
      return "line";
    case LegendItem::Mark::dashed:
      return "dashed";
    case LegendItem::Mark::point:
      return "point";
    case LegendItem::Mark::cross:
      return "cross";
    case LegendItem::Mark::band:
      return "band";
  }
  return "line";
}

std::string chart_html(const Chart& chart) {
  std::string out =
      fmt::format("<figure id=\"chart-{}\"><h3>{}</h3><figcaption>{}{}</figcaption>\n", chart.id,
                  html_escaped(chart.title), html_escaped(chart.caption),
                  chart.note.empty() ? "" : " <span class=\"thinned\">" + html_escaped(chart.note) + "</span>");
  if (!chart.legend.empty()) {
    out += "<ul class=\"legend\">";
    if (!chart.legend_title.empty()) out += "<li class=\"title\">" + html_escaped(chart.legend_title) + "</li>";
    for (const auto& item : chart.legend) {
      out += fmt::format("<li><i class=\"key {}\" data-color=\"{}\"></i>{}</li>", mark_name(item.mark), item.color,
                         html_escaped(item.label));
    }
    out += "</ul>\n";
  }
  const std::size_t count = chart.panels.size();
  out += fmt::format("<div class=\"panels{}\">", count == 1 ? " one" : count == 2 || count == 4 ? " pairs" : "");
  for (std::size_t i = 0; i < chart.panels.size(); ++i) {
    const std::string& title = chart.panels[i].title;
    out += fmt::format(
        "<div class=\"panel\">{}<div class=\"plot\" role=\"img\" aria-label=\"{}\" data-chart=\"{}\" "
        "data-panel=\"{}\"></div></div>",
        title.empty() ? "" : "<h4>" + html_escaped(title) + "</h4>",
        html_escaped(chart.title + (title.empty() ? "" : ", " + title)), chart.id, i);
  }
  out += "</div>\n";
  if (!chart.table.rows.empty()) out += "<details><summary>Numbers</summary>" + table_html(chart.table) + "</details>";
  return out + "</figure>\n";
}

}  // namespace

std::string list_html(const std::vector<std::string>& items, const std::string& kind) {
  if (items.empty()) return "";
  std::string out = fmt::format("<ul class=\"{}\">", kind);
  for (const auto& item : items) out += "<li>" + html_escaped(item) + "</li>";
  return out + "</ul>\n";
}

std::string cell(const std::string& text, const std::string& sort_value, bool number) {
  std::string out = number ? "<td class=\"num\"" : "<td";
  if (!sort_value.empty()) out += fmt::format(" data-sort=\"{}\"", html_escaped(sort_value));
  return out + ">" + html_escaped(text) + "</td>";
}

std::string heading(const std::string& text, bool number) {
  return fmt::format("<th scope=\"col\" aria-sort=\"none\"{}><button type=\"button\">{}</button></th>",
                     number ? " class=\"num\"" : "", html_escaped(text));
}

std::string table_html(const Table& table) {
  std::string out = "<div class=\"wide\"><table><thead><tr>";
  for (std::size_t i = 0; i < table.header.size(); ++i) {
    out += fmt::format("<th scope=\"col\"{}>{}</th>", i < table.texts ? "" : " class=\"num\"",
                       html_escaped(table.header[i]));
  }
  out += "</tr></thead><tbody>\n";
  for (const auto& row : table.rows) {
    out += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i) out += cell(row[i], "", i >= table.texts);
    out += "</tr>\n";
  }
  return out + "</tbody></table></div>";
}

std::string figures_html(const std::vector<Chart>& charts) {
  std::string out;
  for (const auto& chart : charts) out += chart_html(chart);
  return out;
}

}  // namespace bnexp::report
