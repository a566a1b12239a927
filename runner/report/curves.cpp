#include "report/curves.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "base/text.h"
#include "report/layout.h"
#include "stats/order.h"

namespace bnexp::report {
namespace {

// An arm's line: `all` until the first seed with data ends; from there `some`, the mean over the remaining seeds.
struct ArmLine {
  Series all;
  Series some;
};

ArmLine merge(const ColoredArm& arm, const std::vector<Curve>& curves) {
  std::map<double, std::vector<double>> by_x;
  for (const auto& curve : curves) {
    for (std::size_t i = 0; i < curve.x.size(); ++i) by_x[curve.x[i]].push_back(curve.y[i]);
  }
  ArmLine line;
  line.all.label = line.some.label = arm.arm->label;
  line.all.color = line.some.color = arm.color;
  line.all.arm = line.some.arm = arm.index;
  line.some.style = Series::Style::dashed;
  line.all.band = curves.size() > 1;
  for (const auto& [x, values] : by_x) {
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    const Point point{x, stats::estimate(values).mean, *low, *high, values.size()};
    if (values.size() == curves.size()) {
      line.all.points.push_back(point);
    } else {
      if (line.some.points.empty() && !line.all.points.empty()) line.some.points.push_back(line.all.points.back());
      line.some.points.push_back(point);
    }
  }
  return line;
}

std::string end_text(const Trial& trial) {
  const auto& failure = trial.record->result.failure;
  if (!failure) return analysis::name_of(trial.outcome());
  std::string text = analysis::name_of(trial.outcome());
  if (failure->step) text += fmt::format(" at step {}", *failure->step);
  if (!failure->layer.empty()) text += ", " + failure->layer;
  if (!failure->tensor.empty()) text += ", " + failure->tensor;
  return text;
}

bool diverged(const Trial& trial) { return trial.outcome() == train::Status::diverged; }

}  // namespace

std::optional<Chart> curve_chart(const ChartInput& input, const CurveStyle& style,
                                 const std::function<std::optional<Curve>(const Trial&)>& curve_of,
                                 const std::function<double(const Trial&, std::int64_t)>& at_step) {
  const Facets facets = facets_of(input.analysis, curve_layout(input.analysis));
  struct Drawn {
    std::vector<Series> series;
    std::vector<Cross> crosses;
  };
  std::vector<Drawn> drawn;
  std::vector<double> starts;
  std::size_t lines = 0;
  bool any_band = false, any_some = false, any_cross = false;
  for (const auto& facet : facets.shown) {
    Drawn panel;
    for (const auto& arm : facet.arms) {
      std::vector<Curve> curves;
      for (const auto& trial : arm.arm->trials) {
        const auto curve = trial.record ? curve_of(trial) : std::nullopt;
        const bool drawable = curve && !curve->x.empty();
        if (drawable) {
          starts.push_back(curve->y.front());
          curves.push_back(*curve);
        }
        if (diverged(trial) && trial.record->result.failure && trial.record->result.failure->step) {
          panel.crosses.push_back({at_step(trial, *trial.record->result.failure->step),
                                   drawable ? curve->y.back() : std::nan(""), arm.color,
                                   fmt::format("{}, seed {}", arm.arm->label, trial.seed), trial.id, end_text(trial)});
        }
      }
      ArmLine line = merge(arm, curves);
      for (Series* part : {&line.all, &line.some}) {
        if (part->points.empty()) continue;
        any_band = any_band || part->band;
        any_some = any_some || part->style == Series::Style::dashed;
        panel.series.push_back(std::move(*part));
        ++lines;
      }
    }
    any_cross = any_cross || !panel.crosses.empty();
    drawn.push_back(std::move(panel));
  }
  if (lines == 0) return std::nullopt;

  Axes axes = style.axes;
  std::vector<Series> all;
  std::vector<Cross> ends;
  for (const auto& panel : drawn) {
    all.insert(all.end(), panel.series.begin(), panel.series.end());
    ends.insert(ends.end(), panel.crosses.begin(), panel.crosses.end());
  }
  axes.x_domain = x_range(all, ends, axes.log_x);
  auto domain = axes.y_domain.value_or(y_range(all, axes.log_y));
  // A diverging loss must not flatten all other lines.
  bool clipped = false;
  if (axes.log_y) {
    const double ceiling = 10 * stats::quantile(starts, 0.5);
    clipped = domain.second > ceiling;
    domain.second = std::min(domain.second, std::max(ceiling, 10 * domain.first));
  }
  axes.y_domain = domain;

  Chart chart;
  chart.title = style.title;
  chart.caption = style.caption;
  if (any_band) chart.caption += " Line: mean over seeds; band: their range.";
  std::size_t stride = 1;
  for (std::size_t i = 0; i < drawn.size(); ++i) {
    for (auto& series : drawn[i].series) stride = std::max(stride, thin(series.points, lines));
    for (auto& cross : drawn[i].crosses) {
      cross.y = std::isnan(cross.y) ? domain.second : std::clamp(cross.y, domain.first, domain.second);
    }
    if (drawn[i].series.empty() && drawn[i].crosses.empty()) continue;
    chart.panels.push_back({facets.shown[i].title, line_panel(drawn[i].series, drawn[i].crosses, axes)});
  }
  std::vector<std::string> notes;
  if (!facets.note.empty()) notes.push_back(facets.note);
  if (stride > 1) notes.push_back(fmt::format("Thinned: as few as one point in {} is drawn.", stride));
  if (clipped) notes.emplace_back("Values above ten times the median first value are cut at the frame.");
  chart.note = join(notes, " ");
  const Layout layout = curve_layout(input.analysis);
  chart.legend_title = layout.color ? layout.color->name : "";
  chart.legend = legend_of(facets);
  if (any_some) chart.legend.push_back({"only some seeds left", "$muted", LegendItem::Mark::dashed});
  if (any_cross) chart.legend.push_back({"diverged", "$muted", LegendItem::Mark::cross});
  return chart;
}

std::optional<Chart> history_chart(const ChartInput& input, CurveStyle style, const std::string& field, double factor) {
  double most_epochs = 0;
  std::size_t most_entries = 0;
  for (const auto& arm : input.arms()) {
    for (const auto& trial : arm.trials) {
      const auto entries = input.history(trial).items();
      most_entries = std::max(most_entries, entries.size());
      if (!entries.empty()) most_epochs = std::max(most_epochs, entries.back().find("epoch").number().value_or(0));
    }
  }
  if (most_entries < 2) return std::nullopt;
  const std::string axis = most_epochs >= 1 ? "epoch" : "step";
  style.axes.x_title = axis;
  const auto curve_of = [&](const Trial& trial) -> std::optional<Curve> {
    Curve curve;
    for (const auto& entry : input.history(trial).items()) {
      const auto y = entry.find(field).number();
      if (!y) continue;
      const auto x = entry[axis].number();
      if (!x) continue;
      curve.x.push_back(*x);
      curve.y.push_back(factor * *y);
    }
    if (curve.x.empty()) return std::nullopt;
    return curve;
  };
  const auto at_step = [&](const Trial& trial, std::int64_t step) {
    if (axis == "step") return static_cast<double>(step);
    const double images = input.data(trial).find("train").number().value_or(0);
    const double batch = input.settings(trial)["train"]["batch_size"].number().value_or(0);
    return images > 0 ? static_cast<double>(step) * batch / images : 0.0;
  };
  return curve_chart(input, style, curve_of, at_step);
}

}  // namespace bnexp::report
