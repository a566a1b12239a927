#include "report/bands.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include "base/text.h"
#include "report/layout.h"
#include "report/line_table.h"
#include "report/words.h"

namespace bnexp::report {
namespace {

// Point by point over the x that all lines share.
std::vector<Point> averaged(const std::vector<std::vector<Point>>& lines) {
  std::map<double, std::vector<const Point*>> by_x;
  for (const auto& line : lines) {
    for (const auto& point : line) by_x[point.x].push_back(&point);
  }
  std::vector<Point> result;
  const auto n = static_cast<double>(lines.size());
  for (const auto& [x, points] : by_x) {
    if (points.size() != lines.size()) continue;
    Point mean{x, 0, 0, 0, lines.size()};
    for (const Point* point : points) {
      mean.y += point->y / n;
      mean.low += point->low / n;
      mean.high += point->high / n;
    }
    result.push_back(mean);
  }
  return result;
}

struct BandLine {
  std::string panel;
  Series series;
  std::size_t seeds = 0;
};

std::vector<BandLine> lines_of(const ColoredArm& colored, const BandChart& wanted) {
  std::vector<BandLine> lines;
  std::vector<std::vector<std::vector<Point>>> seeds;  // of each line
  for (const Trial* trial : representative_trials(*colored.arm)) {
    for (auto& named : wanted.bands_of(*trial)) {
      const auto known = std::find_if(lines.begin(), lines.end(), [&](const BandLine& line) {
        return line.panel == named.panel && line.series.style == named.style;
      });
      const auto place = static_cast<std::size_t>(known - lines.begin());
      if (known == lines.end()) {
        Series series;
        series.label = colored.arm->label;
        if (named.style == Series::Style::thin) series.label += ", " + wanted.thin_label;
        series.look = colored.look;
        series.style = named.style;
        series.band = named.filled;
        series.arm = colored.index;
        lines.push_back({named.panel, std::move(series)});
        seeds.emplace_back();
      }
      seeds[place].push_back(std::move(named.points));
    }
  }
  for (std::size_t i = 0; i < lines.size(); ++i) {
    lines[i].series.points = averaged(seeds[i]);
    lines[i].seeds = seeds[i].size();
  }
  std::erase_if(lines, [](const BandLine& line) { return line.series.points.empty(); });
  return lines;
}

// One quantity, in every facet that has it.
struct Measured {
  std::string name;
  std::vector<std::pair<const Facet*, std::vector<BandLine>>> by_facet;
};

// In the order in which the records name them.
std::vector<Measured> measured_in(const Facets& facets, const BandChart& wanted) {
  std::vector<Measured> all;
  for (const auto& facet : facets.all) {
    for (const auto& colored : facet.arms) {
      for (auto& line : lines_of(colored, wanted)) {
        auto measured = std::find_if(all.begin(), all.end(), [&](const Measured& m) { return m.name == line.panel; });
        if (measured == all.end()) measured = all.insert(all.end(), {line.panel, {}});
        auto& by_facet = measured->by_facet;
        if (by_facet.empty() || by_facet.back().first != &facet) by_facet.push_back({&facet, {}});
        by_facet.back().second.push_back(std::move(line));
      }
    }
  }
  return all;
}

// The axes of each frame of a quantity. They are the same unless one range is more than four times another.
std::vector<Axes> axes_of(const Measured& measured, const BandChart& wanted) {
  std::vector<Series> together;
  std::vector<std::pair<double, double>> ranges;
  for (const auto& [facet, own] : measured.by_facet) {
    std::vector<Series> series;
    for (const auto& line : own) series.push_back(line.series);
    ranges.push_back(y_range(series, false));
    together.insert(together.end(), series.begin(), series.end());
  }
  const auto width = [](const auto& range) { return range.second - range.first; };
  const auto [least, most] = std::ranges::minmax(ranges, {}, width);
  std::vector<Axes> axes;
  for (const auto& range : ranges) {
    axes.push_back({.x_title = wanted.x_title,
                    .y_title = wanted.y_title,
                    .x_domain = x_range(together, {}, false),
                    .y_domain = width(most) > 4 * width(least) ? range : y_range(together, false),
                    .height = 190});
  }
  return axes;
}

Table values_in(const std::vector<Measured>& all, const std::string& x_title) {
  std::vector<TableLine> rows;
  for (const auto& measured : all) {
    for (const auto& [facet, lines] : measured.by_facet) {
      for (const auto& line : lines) {
        TableLine row{{measured.name, line.series.label}, {}, {}, line.seeds};
        for (const auto& point : line.series.points) {
          row.x.push_back(point.x);
          row.y.push_back(point.y);
        }
        rows.push_back(std::move(row));
      }
    }
  }
  return line_table({"place", "arm"}, rows, x_title);
}

}  // namespace

std::vector<const Trial*> representative_trials(const Arm& arm) {
  std::vector<const Trial*> trials;
  for (const auto& trial : arm.trials) {
    if (trial.record && (trial.ok() || arm.ok() == 0)) trials.push_back(&trial);
  }
  return trials;
}

std::string panels_note(std::size_t drawn, std::size_t all) {
  if (drawn == all) return "";
  return fmt::format("The first {} of {} panels are drawn; the table of values has all.", drawn, all);
}

std::vector<Point> band_from(const Value& steps, const Value& quantiles) {
  const auto x = steps.numbers();
  const auto low = quantiles["q15"].numbers(), mid = quantiles["q50"].numbers(), high = quantiles["q85"].numbers();
  std::vector<Point> points;
  for (std::size_t i = 0; i < std::min({x.size(), low.size(), mid.size(), high.size()}); ++i) {
    points.push_back({x[i], mid[i], low[i], high[i]});
  }
  return points;
}

std::optional<Chart> band_chart(const ChartInput& input, const BandChart& wanted) {
  const Layout layout = curve_layout(input.analysis);
  const Facets facets = facets_of(input.analysis, layout, std::numeric_limits<std::size_t>::max());
  std::vector<Measured> all = measured_in(facets, wanted);
  if (all.empty()) return std::nullopt;

  Chart chart;
  chart.title = wanted.title;
  chart.caption = wanted.caption;
  chart.data = values_in(all, wanted.x_title);
  std::size_t panels = 0, lines = 0, stride = 1;
  for (const auto& measured : all) {
    for (const auto& [facet, series] : measured.by_facet) {
      if (panels++ < kMaxPanels) lines += series.size();
    }
  }
  bool own_axes = false;
  std::set<std::size_t> arms;
  for (auto& measured : all) {
    const std::vector<Axes> axes = axes_of(measured, wanted);
    for (std::size_t i = 0; i < measured.by_facet.size(); ++i) {
      auto& [facet, own] = measured.by_facet[i];
      for (const auto& line : own) arms.insert(line.series.arm);
      if (chart.panels.size() == kMaxPanels) continue;
      own_axes = own_axes || axes[i].y_domain != axes[0].y_domain;
      std::vector<Series> series;
      for (auto& line : own) {
        stride = std::max(stride, thin(line.series.points, lines));
        series.push_back(std::move(line.series));
      }
      chart.panels.push_back({facet->title.empty() ? measured.name : measured.name + "; " + facet->title,
                              line_panel(series, {}, axes[i]), legend_of(facets, *facet, LegendItem::Mark::line)});
    }
  }
  std::vector<std::string> notes;
  if (panels > chart.panels.size()) notes.push_back(panels_note(chart.panels.size(), panels));
  if (own_axes)
    notes.emplace_back("Panels of one quantity have their own vertical axes where their ranges differ much.");
  if (stride > 1) notes.push_back(fmt::format("Thinned: as few as one point in {} is drawn.", stride));
  chart.note = join(notes, " ");
  chart.legend = legend_of(facets, LegendItem::Mark::line);
  chart.legend_title = chart.legend.empty() ? "" : layout.color->name;
  if (!wanted.thin_label.empty()) {
    chart.legend.push_back({wanted.thin_label, muted_look(), LegendItem::Mark::thin});
  }
  chart.description = fmt::format("{} over {}, for {}, in {}: one for each place and setting.", wanted.description,
                                  wanted.x_title, plural(arms.size(), "arm"), plural(panels, "panel"));
  return chart;
}

}  // namespace bnexp::report
