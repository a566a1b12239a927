#include "report/legend.h"

#include <fmt/format.h>

#include "report/escape.h"

namespace bnexp::report {
namespace {

// "$category-2" -> "var(--category-2)"
std::string css_color(const std::string& name) { return "var(--" + name.substr(1) + ")"; }

std::string rule(const std::string& color, double width, const std::string& dash) {
  return fmt::format("<path d=\"M0,6H30\" fill=\"none\" stroke=\"{}\" stroke-width=\"{}\"{}/>", color, width,
                     dash.empty() ? "" : " stroke-dasharray=\"" + dash + "\"");
}

std::string mark_svg(const LegendItem& item) {
  const std::string color = css_color(item.look.color);
  switch (item.mark) {
    case LegendItem::Mark::line:
      return rule(color, 2.2, fmt::format("{}", fmt::join(dash_of(item.look), " ")));
    case LegendItem::Mark::thin:
      return rule(color, 0.9, "");
    case LegendItem::Mark::reference:
      return rule(color, 1.2, "4 3");
    case LegendItem::Mark::point:
      return fmt::format("<path d=\"{}\" fill=\"{}\" transform=\"translate(15 6) scale(4.6)\"/>", shape_of(item.look),
                         color);
    case LegendItem::Mark::cross:
      return fmt::format(
          "<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"0.5\" transform=\"translate(15 6) scale(4)\"/>",
          kCross, color);
  }
  return "";
}

}  // namespace

std::string legend_html(const std::string& title, const std::vector<LegendItem>& items) {
  if (items.empty()) return "";
  std::string out = "<ul class=\"legend\">";
  if (!title.empty()) out += "<li class=\"title\">" + html_escaped(title) + "</li>";
  for (const auto& item : items) {
    out += fmt::format("<li><svg class=\"key\" width=\"30\" height=\"12\" aria-hidden=\"true\">{}</svg>{}</li>",
                       mark_svg(item), html_escaped(item.label));
  }
  return out + "</ul>\n";
}

}  // namespace bnexp::report
