#include "report/html_parts.h"

#include <fmt/format.h>

#include "base/text.h"
#include "report/escape.h"

namespace bnexp::report {
namespace {

// The sort key of the cell: its number, or the shown text.
std::string sort_attribute(const Cell& cell) {
  return cell.value ? fmt::format(" data-sort=\"{:.9g}\"", *cell.value) : "";
}

bool right_aligned(const Column& column) { return column.kind == Column::Kind::number; }

std::string cell_html(const Cell& cell, const Column& column) {
  return fmt::format("<td{}{}>{}</td>", right_aligned(column) ? " class=\"num\"" : "", sort_attribute(cell),
                     html_escaped(cell.text));
}

// A frame for something wide; the keyboard can scroll it.
std::string wide_html(const std::string& name, const std::string& content) {
  return fmt::format("<div class=\"wide\" role=\"region\" aria-label=\"{}\" tabindex=\"0\">{}</div>",
                     html_escaped(name), content);
}

std::string table_html(const Table& table) {
  std::string out = "<table><thead><tr>";
  for (const auto& column : table.columns) {
    out += fmt::format("<th scope=\"col\"{}>{}</th>", right_aligned(column) ? " class=\"num\"" : "",
                       html_escaped(column.heading()));
  }
  out += "</tr></thead><tbody>\n";
  for (const auto& row : table.rows) {
    out += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i) out += cell_html(row[i], table.columns[i]);
    out += "</tr>\n";
  }
  return out + "</tbody></table>";
}

// "<span class="badge ok">ok 2/3</span>", for every outcome of the arm's trials.
std::string badges(const Arm& arm) {
  std::string out;
  for (const auto outcome : analysis::all_outcomes()) {
    if (const std::size_t n = arm.counts[outcome]) {
      out += fmt::format("<span class=\"badge {0}\">{0} {1}/{2}</span> ", analysis::name_of(outcome), n,
                         arm.trials.size());
    }
  }
  return out;
}

// The outcomes of the arm's trials, for the filter.
std::string outcome_names(const Arm& arm) {
  std::vector<std::string> names;
  for (const auto outcome : analysis::all_outcomes()) {
    if (arm.counts[outcome] > 0) names.push_back(analysis::name_of(outcome));
  }
  return join(names, " ");
}

std::string arm_row(const std::vector<Column>& columns, const std::vector<Cell>& cells, const Analysis& all,
                    std::size_t index) {
  const Arm& arm = all.results.arms[index];
  std::string row = fmt::format("<tr data-arm=\"{}\" data-status=\"{}\"{}>", index, outcome_names(arm),
                                &arm == all.best() ? " class=\"best\"" : "");
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i == 0) {
      row += fmt::format(
          "<th scope=\"row\" class=\"name\"{}><button type=\"button\" class=\"open\" "
          "aria-label=\"Details of {}\">{}</button></th>",
          sort_attribute(cells[i]), html_escaped(arm.label), html_escaped(cells[i].text));
    } else if (columns[i].kind == Column::Kind::statuses) {
      row += fmt::format("<td class=\"status\"{}>{}</td>", sort_attribute(cells[i]), badges(arm));
    } else {
      row += cell_html(cells[i], columns[i]);
    }
  }
  return row + "</tr>\n";
}

// A term of the filter that keeps this cell's row: norm=batch, lr<=0.1.
std::string term(const Column& column, const Cell& cell) {
  if (cell.value) return column.name + "<=" + cell.text;
  const bool plain = cell.text.find_first_of(" ,\"") == std::string::npos;
  return column.name + "=" + (plain ? cell.text : "\"" + cell.text + "\"");
}

// Terms that keep a row of this table.
std::vector<std::string> example_terms(const Section& section) {
  std::vector<std::string> terms;
  const auto& [columns, rows] = section.table;
  for (std::size_t i = 0; i < columns.size() && terms.size() < 2 && !rows.empty(); ++i) {
    const bool speaks = columns[i].name.find(' ') == std::string::npos && rows[0][i].text.size() < 24;
    if (columns[i].kind == Column::Kind::text && speaks) terms.push_back(term(columns[i], rows[0][i]));
  }
  if (section.arms) terms.insert(terms.end(), {"status=ok", "accuracy>90"});
  return terms;
}

// The filter by text and, for arms, by status.
std::string controls_html(const Section& section, const Analysis* all) {
  std::string chips, terms;
  for (const auto outcome : analysis::all_outcomes()) {
    if (!all || all->results.counts[outcome] == 0) continue;
    chips +=
        fmt::format("<button type=\"button\" class=\"chip\" data-status=\"{0}\" aria-pressed=\"false\">{0}</button>",
                    analysis::name_of(outcome));
  }
  if (!chips.empty()) {
    chips = "<span class=\"chips\" role=\"group\" aria-label=\"Status\">" + chips + "</span>";
  }
  const auto examples = example_terms(section);
  for (const auto& example : examples) terms += "<code>" + html_escaped(example) + "</code> ";
  return fmt::format(
      "<div class=\"controls\"><label for=\"filter\">Filter</label><input type=\"search\" id=\"filter\" "
      "placeholder=\"{}\" aria-describedby=\"filter-help\" autocomplete=\"off\" spellcheck=\"false\">{}"
      "<output id=\"shown\"></output></div>\n"
      "<p class=\"about\" id=\"filter-help\">A row must contain every word and satisfy every comparison (=, &lt;, "
      "&lt;=, &gt;, &gt;=) of a column, such as{}. The charts show the same {}.</p>\n",
      html_escaped(examples.empty() ? "" : examples.front()), chips, terms, section.arms ? "arms" : "rows");
}

// The only table of the page that is sorted and filtered.
std::string searchable_html(const Section& section, const Analysis* all) {
  const Table& table = section.table;
  std::string out = fmt::format("<table id=\"arms\" data-rows=\"{}\"><thead><tr>", section.arms ? "arms" : "rows");
  for (const auto& column : table.columns) {
    out += fmt::format("<th scope=\"col\" aria-sort=\"none\"{}><button type=\"button\">{}</button></th>",
                       right_aligned(column) ? " class=\"num\"" : "", html_escaped(column.heading()));
  }
  out += "</tr></thead><tbody>\n";
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    if (section.arms) {
      out += arm_row(table.columns, table.rows[i], *all, i);
      continue;
    }
    out += "<tr data-status=\"\">";
    for (std::size_t j = 0; j < table.columns.size(); ++j) out += cell_html(table.rows[i][j], table.columns[j]);
    out += "</tr>\n";
  }
  return out + "</tbody></table>";
}

// The height of its drawing, before it is drawn.
int height_of(const Panel& panel) {
  const auto height = panel.spec.find("height");
  return height != panel.spec.end() && height->is_number() ? height->get<int>() : 150;
}

std::string panels_html(const Chart& chart) {
  const std::size_t count = chart.panels.size();
  std::string out = fmt::format("<div class=\"panels{}\">", count == 1                 ? " one"
                                                            : count == 2 || count == 4 ? " pairs"
                                                                                       : "");
  for (std::size_t i = 0; i < count; ++i) {
    const std::string& title = chart.panels[i].title;
    out += fmt::format(
        "<div class=\"panel\">{}{}<div class=\"plot\" role=\"img\" aria-label=\"{}\" aria-describedby=\"about-{}\" "
        "data-chart=\"{}\" data-panel=\"{}\" data-height=\"{}\"></div></div>",
        title.empty() ? "" : "<h4>" + html_escaped(title) + "</h4>", legend_html("", chart.panels[i].legend),
        html_escaped(chart.title + (title.empty() ? "" : ", " + title)), chart.id, chart.id, i,
        height_of(chart.panels[i]));
  }
  return out + "</div>\n";
}

std::string chart_html(const Chart& chart) {
  std::string out = fmt::format(
      "<figure id=\"chart-{0}\" aria-labelledby=\"title-{0}\"><figcaption><h3 id=\"title-{0}\">{1}</h3>"
      "<p class=\"caption\">{2}{3}</p></figcaption>\n<p class=\"unseen\" id=\"about-{0}\">{4}</p>\n",
      chart.id, html_escaped(chart.title), html_escaped(chart.caption),
      chart.note.empty() ? "" : " <span class=\"thinned\">" + html_escaped(chart.note) + "</span>",
      html_escaped(chart.description.empty() ? chart.caption : chart.description));
  out += legend_html(chart.legend_title, chart.legend) + panels_html(chart);
  if (!chart.table.empty()) {
    out += "<details><summary>Numbers</summary>" + wide_html("Numbers: " + chart.title, table_html(chart.table)) +
           "</details>\n";
  }
  if (!chart.data.empty()) {
    out += fmt::format("<details class=\"values\" data-chart=\"{}\"><summary>Data</summary>{}</details>\n", chart.id,
                       wide_html("Data: " + chart.title, ""));
  }
  return out + "</figure>\n";
}

}  // namespace

std::string list_html(const std::vector<std::string>& items, const std::string& kind) {
  if (items.empty()) return "";
  std::string out = fmt::format("<ul class=\"{}\">", kind);
  for (const auto& item : items) out += "<li>" + html_escaped(item) + "</li>";
  return out + "</ul>\n";
}

std::string about_html(const std::string& text) {
  return text.empty() ? "" : "<p class=\"about\">" + html_escaped(text) + "</p>\n";
}

std::string section_html(const Section& section, const Analysis* all) {
  std::string out = fmt::format("<section id=\"{}\"><h2>{}</h2>\n", section.id, html_escaped(section.title));
  out += about_html(section.about);
  if (section.searchable) {
    out +=
        controls_html(section, section.arms ? all : nullptr) + wide_html(section.title, searchable_html(section, all));
  } else if (section.page_rows > 0 && section.table.rows.size() > section.page_rows) {
    Table head = section.table;
    head.rows.resize(section.page_rows);
    out += about_html(fmt::format("The first {} of {}.", section.page_rows, section.table.rows.size()));
    out += wide_html(section.title, table_html(head));
  } else {
    out += wide_html(section.title, table_html(section.table));
  }
  return out + "</section>\n";
}

std::string figures_html(const std::vector<Chart>& charts) {
  std::string out;
  for (const auto& chart : charts) out += chart_html(chart);
  return out;
}

}  // namespace bnexp::report
