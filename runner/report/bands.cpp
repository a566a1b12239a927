#include "report/bands.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.h"
#include "report/layout.h"

namespace bnexp::report {
namespace {

// Point by point over the x that all bands share.
Band averaged(const std::vector<Band>& bands) {
  std::map<double, std::vector<const Point*>> by_x;
  for (const auto& band : bands) {
    for (const auto& point : band.points) by_x[point.x].push_back(&point);
  }
  Band result;
  const double n = static_cast<double>(bands.size());
  for (const auto& [x, points] : by_x) {
    if (points.size() != bands.size()) continue;
    Point mean{x, 0, 0, 0, bands.size()};
    for (const Point* point : points) {
      mean.y += point->y / n;
      mean.low += point->low / n;
      mean.high += point->high / n;
    }
    result.points.push_back(mean);
  }
  return result;
}

struct Line {
  Series::Style style = Series::Style::line;
  bool filled = false;
  std::vector<Band> bands;  // one a seed
};

}  // namespace

Band band_from(const Json& steps, const Json& quantiles) {
  const auto x = steps.get<std::vector<double>>();
  const auto low = quantiles.at("q15").get<std::vector<double>>(), mid = quantiles.at("q50").get<std::vector<double>>(),
             high = quantiles.at("q85").get<std::vector<double>>();
  Band band;
  for (std::size_t i = 0; i < std::min({x.size(), low.size(), mid.size(), high.size()}); ++i) {
    band.points.push_back({x[i], mid[i], low[i], high[i]});
  }
  return band;
}

std::optional<Chart> band_chart(const Results& results, const BandChart& wanted) {
  const Layout layout = curve_layout(results);
  const Facets facets = facets_of(results, layout, kMaxPanels);
  // Panel title -> its series; panels keep the order in which the records name them.
  std::vector<std::string> order;
  std::map<std::string, std::vector<Series>> panels;
  for (const auto& facet : facets.shown) {
    for (const auto& colored : facet.arms) {
      std::vector<std::pair<std::string, Line>> lines;
      for (const auto& trial : colored.arm->trials) {
        if (!trial.record) continue;
        const auto bands = wanted.bands_of(trial);
        for (const auto& named : bands) {
          auto line = std::find_if(lines.begin(), lines.end(), [&](const auto& known) {
            return known.first == named.panel && known.second.style == named.style;
          });
          if (line == lines.end()) line = lines.insert(line, {named.panel, {named.style, named.filled, {}}});
          line->second.bands.push_back(named.band);
        }
        if (wanted.first_seed_only && !bands.empty()) break;
      }
      for (const auto& [name, line] : lines) {
        const std::string title = facet.title.empty() ? name : facet.title + ": " + name;
        if (!panels.contains(title)) order.push_back(title);
        Series series;
        series.label = colored.arm->label + (line.style == Series::Style::dashed ? ", eval" : "");
        series.color = colored.color;
        series.style = line.style;
        series.band = line.filled;
        series.arm = colored.index;
        series.points = averaged(line.bands).points;
        if (!series.points.empty()) panels[title].push_back(std::move(series));
      }
    }
  }
  std::erase_if(order, [&](const std::string& title) { return panels[title].empty(); });
  if (order.empty()) return std::nullopt;

  Chart chart;
  chart.title = wanted.title;
  chart.caption = wanted.caption;
  std::vector<std::string> notes;
  if (!facets.note.empty()) notes.push_back(facets.note);
  if (order.size() > kMaxPanels) {
    notes.push_back(fmt::format("The first {} of {} panels are drawn.", kMaxPanels, order.size()));
    order.resize(kMaxPanels);
  }
  std::size_t lines = 0, stride = 1;
  for (const auto& title : order) lines += panels[title].size();
  for (const auto& title : order) {
    for (auto& series : panels[title]) stride = std::max(stride, thin(series.points, lines));
    const Axes axes{.x_title = wanted.x_title, .y_title = wanted.y_title, .height = 190};
    chart.panels.push_back({title, line_panel(panels[title], {}, axes)});
  }
  if (stride > 1) notes.push_back(fmt::format("Thinned: up to every {}th point is drawn.", stride));
  chart.note = join(notes, " ");
  chart.legend = legend_of(facets);
  chart.legend_title = layout.color && !chart.legend.empty() ? layout.color->name : "";
  chart.legend.insert(chart.legend.end(), wanted.legend.begin(), wanted.legend.end());
  return chart;
}

}  // namespace bnexp::report
