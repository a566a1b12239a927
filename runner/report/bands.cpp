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
  std::string panel;
  Series series;
};

// An arm's lines, averaged over its ok seeds (the others end early), or over all seeds if none is ok.
std::vector<Line> lines_of(const ColoredArm& colored, const BandChart& wanted) {
  std::vector<Line> lines;
  std::vector<std::vector<Band>> seeds;  // of each line
  for (const auto& trial : colored.arm->trials) {
    if (!trial.record || (!trial.ok() && colored.arm->ok() > 0)) continue;
    const auto bands = wanted.bands_of(trial);
    for (const auto& named : bands) {
      const auto known = std::find_if(lines.begin(), lines.end(), [&](const Line& line) {
        return line.panel == named.panel && line.series.style == named.style;
      });
      const auto place = static_cast<std::size_t>(known - lines.begin());
      if (known == lines.end()) {
        Series series;
        series.label = colored.arm->label + (named.style == Series::Style::dashed ? ", eval" : "");
        series.color = colored.color;
        series.style = named.style;
        series.band = named.filled;
        series.arm = colored.index;
        lines.push_back({named.panel, std::move(series)});
        seeds.emplace_back();
      }
      seeds[place].push_back(named.band);
    }
    if (wanted.first_seed_only && !bands.empty()) break;
  }
  for (std::size_t i = 0; i < lines.size(); ++i) lines[i].series.points = averaged(seeds[i]).points;
  std::erase_if(lines, [](const Line& line) { return line.series.points.empty(); });
  return lines;
}

// One quantity, in every facet that has it.
struct Measured {
  std::string name;
  std::vector<std::pair<const Facet*, std::vector<Series>>> by_facet;
};

}  // namespace

Band band_from(const Value& steps, const Value& quantiles) {
  const auto x = steps.numbers();
  const auto low = quantiles["q15"].numbers(), mid = quantiles["q50"].numbers(), high = quantiles["q85"].numbers();
  Band band;
  for (std::size_t i = 0; i < std::min({x.size(), low.size(), mid.size(), high.size()}); ++i) {
    band.points.push_back({x[i], mid[i], low[i], high[i]});
  }
  return band;
}

std::optional<Chart> band_chart(const ChartInput& input, const BandChart& wanted) {
  const Layout layout = curve_layout(input.analysis);
  const Facets facets = facets_of(input.analysis, layout);
  std::vector<Measured> all;  // in the order in which the records name them
  for (const auto& facet : facets.shown) {
    for (const auto& colored : facet.arms) {
      for (auto& line : lines_of(colored, wanted)) {
        auto measured = std::find_if(all.begin(), all.end(), [&](const Measured& m) { return m.name == line.panel; });
        if (measured == all.end()) measured = all.insert(all.end(), {line.panel, {}});
        auto& series = measured->by_facet;
        if (series.empty() || series.back().first != &facet) series.push_back({&facet, {}});
        series.back().second.push_back(std::move(line.series));
      }
    }
  }
  if (all.empty()) return std::nullopt;

  Chart chart;
  chart.title = wanted.title;
  chart.caption = wanted.caption;
  std::size_t panels = 0, lines = 0, stride = 1;
  for (const auto& measured : all) {
    panels += measured.by_facet.size();
    for (const auto& [facet, series] : measured.by_facet) lines += series.size();
  }
  for (auto& measured : all) {
    // Panels of the same quantity share axes.
    std::vector<Series> together;
    for (const auto& [facet, series] : measured.by_facet) together.insert(together.end(), series.begin(), series.end());
    const Axes axes{.x_title = wanted.x_title,
                    .y_title = wanted.y_title,
                    .x_domain = x_range(together, {}, false),
                    .y_domain = y_range(together, false),
                    .height = 190};
    for (auto& [facet, series] : measured.by_facet) {
      if (chart.panels.size() == kMaxPanels) break;
      for (auto& one : series) stride = std::max(stride, thin(one.points, lines));
      chart.panels.push_back(
          {facet->title.empty() ? measured.name : measured.name + "; " + facet->title, line_panel(series, {}, axes)});
    }
  }
  std::vector<std::string> notes;
  if (!facets.note.empty()) notes.push_back(facets.note);
  if (panels > chart.panels.size()) {
    notes.push_back(fmt::format("The first {} of {} panels are drawn.", chart.panels.size(), panels));
  }
  if (stride > 1) notes.push_back(fmt::format("Thinned: as few as one point in {} is drawn.", stride));
  chart.note = join(notes, " ");
  chart.legend = legend_of(facets);
  chart.legend_title = layout.color && !chart.legend.empty() ? layout.color->name : "";
  chart.legend.insert(chart.legend.end(), wanted.legend.begin(), wanted.legend.end());
  return chart;
}

}  // namespace bnexp::report
