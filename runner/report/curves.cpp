#include "report/curves.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/text.h"
#include "report/layout.h"
#include "report/line_table.h"
#include "report/words.h"
#include "stats/order.h"

namespace bnexp::report {
namespace {

// An arm's line: `all` until the first seed with data ends; from there `some`, the mean over the remaining seeds.
struct ArmLine {
  Series all;
  Series some;
  std::vector<Cross> crosses;
  std::size_t seeds = 0;
  std::vector<double> starts;  // the first y of each seed
};

using CurveOf = std::function<std::optional<Curve>(const Trial&)>;
using AtStep = std::function<double(const Trial&, std::int64_t)>;

// Those with points.
std::vector<const Series*> parts_of(const ArmLine& line) {
  std::vector<const Series*> parts;
  for (const Series* part : {&line.all, &line.some}) {
    if (!part->points.empty()) parts.push_back(part);
  }
  return parts;
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

ArmLine line_of(const Arm& arm, std::size_t index, const CurveOf& curve_of, const AtStep& at_step) {
  ArmLine line;
  std::map<double, std::vector<double>> by_x;
  for (const auto& trial : arm.trials) {
    const auto curve = trial.record ? curve_of(trial) : std::nullopt;
    const bool drawable = curve && !curve->x.empty();
    if (drawable) {
      ++line.seeds;
      line.starts.push_back(curve->y.front());
      for (std::size_t i = 0; i < curve->x.size(); ++i) by_x[curve->x[i]].push_back(curve->y[i]);
    }
    if (diverged(trial) && trial.record->result.failure && trial.record->result.failure->step) {
      line.crosses.push_back({at_step(trial, *trial.record->result.failure->step),
                              drawable ? curve->y.back() : std::nan(""), Look{},
                              fmt::format("{}, seed {}", arm.label, trial.seed), trial.id, end_text(trial)});
    }
  }
  line.all.label = line.some.label = arm.label;
  line.all.arm = line.some.arm = index;
  line.some.style = Series::Style::thin;
  line.all.band = line.seeds > 1;
  line.all.points.reserve(by_x.size());
  for (const auto& [x, values] : by_x) {
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    const Point point{x, stats::estimate(values).mean, *low, *high, values.size()};
    if (values.size() == line.seeds) {
      line.all.points.push_back(point);
    } else {
      if (line.some.points.empty() && !line.all.points.empty()) line.some.points.push_back(line.all.points.back());
      line.some.points.push_back(point);
    }
  }
  return line;
}

// The table of all arms, also of those whose frames are left out.
Table values_of(const ChartInput& input, const std::vector<ArmLine>& lines, const std::string& x_title) {
  std::vector<TableLine> rows;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].seeds == 0) continue;
    TableLine row{{input.arms()[i].label.empty() ? "all" : input.arms()[i].label}, {}, {}, lines[i].seeds};
    row.x.reserve(lines[i].all.points.size());
    row.y.reserve(lines[i].all.points.size());
    for (const Series* part : parts_of(lines[i])) {
      for (const auto& point : part->points) {
        if (!row.x.empty() && point.x <= row.x.back()) continue;  // where the parts join
        row.x.push_back(point.x);
        row.y.push_back(point.y);
      }
    }
    rows.push_back(std::move(row));
  }
  return line_table({"arm"}, rows, x_title);
}

// The arm whose mean over all seeds ends best, among those that get furthest.
std::string reading(const std::vector<ArmLine>& lines, bool higher_is_better, const std::string& x_title) {
  double last = -1;
  for (const auto& line : lines) {
    if (!line.all.points.empty()) last = std::max(last, line.all.points.back().x);
  }
  const Series* best = nullptr;
  std::size_t count = 0;
  for (const auto& line : lines) {
    if (line.all.points.empty() || line.all.points.back().x < last) continue;
    ++count;
    const double y = line.all.points.back().y;
    if (!best || (higher_is_better ? y > best->points.back().y : y < best->points.back().y)) best = &line.all;
  }
  if (count < 2) return "";
  return fmt::format(" At {} {:g}, the {} is {}, of {}.", x_title, rounded(last),
                     higher_is_better ? "highest" : "lowest", significant(best->points.back().y, 4), best->label);
}

// A frame's lines and ends, in the looks of its arms.
struct Drawn {
  std::vector<Series> series;
  std::vector<Cross> crosses;
  std::size_t stride = 1;  // the largest of its lines
};

std::size_t lines_in(const Facets& facets, const Facet& facet, const std::vector<ArmLine>& lines) {
  std::size_t count = 0;
  for (const std::size_t other : context_of(facets, facet)) count += lines[other].all.points.empty() ? 0 : 1;
  for (const auto& arm : facet.arms) count += parts_of(lines[arm.index]).size();
  return count;
}

// `count` lines are in all frames.
Drawn drawn_in(const Facets& facets, const Facet& facet, const std::vector<ArmLine>& lines, std::size_t count) {
  Drawn drawn;
  const auto add = [&](const Series& line, const Look& look) -> Series& {
    drawn.series.push_back(line);
    drawn.series.back().look = look;
    drawn.stride = std::max(drawn.stride, thin(drawn.series.back().points, count));
    return drawn.series.back();
  };
  for (const std::size_t other : context_of(facets, facet)) {
    if (lines[other].all.points.empty()) continue;
    Series& line = add(lines[other].all, muted_look());
    line.style = Series::Style::context;
    line.band = false;
  }
  for (const auto& arm : facet.arms) {
    for (const Series* part : parts_of(lines[arm.index])) add(*part, arm.look);
    for (Cross cross : lines[arm.index].crosses) {
      cross.look = arm.look;
      drawn.crosses.push_back(std::move(cross));
    }
  }
  return drawn;
}

bool has_own_marks(const Drawn& drawn) {
  const auto own = [](const Series& one) { return one.style != Series::Style::context; };
  return !drawn.crosses.empty() || std::ranges::any_of(drawn.series, own);
}

}  // namespace

std::optional<Chart> curve_chart(const ChartInput& input, const CurveStyle& style, const CurveOf& curve_of,
                                 const AtStep& at_step) {
  const Layout layout = curve_layout(input.analysis);
  const Facets facets = facets_of(input.analysis, layout);
  std::vector<ArmLine> arms;
  for (std::size_t i = 0; i < input.arms().size(); ++i) {
    arms.push_back(line_of(input.arms()[i], i, curve_of, at_step));
  }
  std::vector<Drawn> drawn;
  std::vector<Series> all;
  std::vector<Cross> ends;
  std::size_t count = 0;
  for (std::size_t i = 0; i < facets.shown; ++i) count += lines_in(facets, facets.all[i], arms);
  for (std::size_t i = 0; i < facets.shown; ++i) {
    drawn.push_back(drawn_in(facets, facets.all[i], arms, count));
    all.insert(all.end(), drawn.back().series.begin(), drawn.back().series.end());
    ends.insert(ends.end(), drawn.back().crosses.begin(), drawn.back().crosses.end());
  }
  if (all.empty()) return std::nullopt;

  Axes axes = style.axes;
  axes.x_domain = x_range(all, ends, axes.log_x);
  auto domain = axes.y_domain.value_or(y_range(all, axes.log_y));
  // A diverging loss must not flatten all other lines.
  bool clipped = false;
  if (axes.log_y) {
    std::vector<double> starts;
    for (const auto& arm : arms) starts.insert(starts.end(), arm.starts.begin(), arm.starts.end());
    const double ceiling = 10 * stats::quantile(starts, 0.5);
    clipped = domain.second > ceiling;
    domain.second = std::min(domain.second, std::max(ceiling, 10 * domain.first));
  }
  axes.y_domain = domain;

  // Of crosses: just inside the frame.
  const double top = axes.log_y ? domain.second / std::pow(domain.second / domain.first, 0.04)
                                : domain.second - 0.04 * (domain.second - domain.first);
  const auto any = [&](const auto& holds) { return std::ranges::any_of(all, holds); };
  Chart chart;
  chart.title = style.title;
  chart.caption = style.caption;
  if (any([](const Series& one) { return one.band; })) chart.caption += " Line: mean over seeds; band: their range.";
  std::size_t stride = 1;
  for (std::size_t i = 0; i < drawn.size(); ++i) {
    if (!has_own_marks(drawn[i])) continue;
    stride = std::max(stride, drawn[i].stride);
    for (auto& cross : drawn[i].crosses) {
      cross.y = std::clamp(std::isnan(cross.y) ? top : cross.y, domain.first, top);
    }
    chart.panels.push_back({facets.all[i].title, line_panel(drawn[i].series, drawn[i].crosses, axes),
                            legend_of(facets, facets.all[i], LegendItem::Mark::line)});
  }
  std::vector<std::string> notes;
  if (!facets.note.empty()) notes.push_back(facets.note);
  if (stride > 1) notes.push_back(fmt::format("Thinned: as few as one point in {} is drawn.", stride));
  if (clipped) notes.emplace_back("Values above ten times the median first value are cut at the frame.");
  chart.note = join(notes, " ");
  chart.legend = legend_of(facets, LegendItem::Mark::line);
  chart.legend_title = chart.legend.empty() ? "" : layout.color->name;
  const auto of_style = [](Series::Style wanted) {
    return [wanted](const Series& one) { return one.style == wanted; };
  };
  if (any(of_style(Series::Style::thin))) {
    chart.legend.push_back({"only some seeds left", muted_look(), LegendItem::Mark::thin});
  }
  if (any(of_style(Series::Style::context))) {
    chart.legend.push_back({"the other levels", muted_look(), LegendItem::Mark::thin});
  }
  if (!ends.empty()) chart.legend.push_back({"diverged", muted_look(), LegendItem::Mark::cross});
  chart.data = values_of(input, arms, axes.x_title);
  chart.description = fmt::format("{} over {}{}: one line for each of {}{}.{}", capitalized(axes.y_title), axes.x_title,
                                  axes.log_y ? ", on a logarithmic axis" : "", plural(chart.data.rows.size(), "arm"),
                                  chart.panels.size() < 2 ? "" : fmt::format(", in {} panels", chart.panels.size()),
                                  reading(arms, style.higher_is_better, axes.x_title));
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
