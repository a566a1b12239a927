#include "report/bench_charts.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "report/lines.h"
#include "report/rows.h"
#include "report/words.h"

namespace bnexp::report {
namespace {

using analysis::BenchRow;

// A frame: a shape and a data type, in the order of the rows.
using Frame = std::pair<std::string, std::string>;

std::vector<Frame> frames(const std::vector<BenchRow>& rows) {
  std::vector<Frame> result;
  for (const auto& row : rows) {
    Frame one{row.of->shape(), row.of->type()};
    if (std::ranges::find(result, one) == result.end()) result.push_back(std::move(one));
  }
  return result;
}

bool within(const BenchRow& row, const Frame& frame) {
  return row.of->shape() == frame.first && row.of->type() == frame.second;
}

Json tips(const std::vector<std::pair<const char*, const char*>>& fields) {
  Json result = Json::array();
  for (const auto& [field, title] : fields) result.push_back({{"field", field}, {"type", "nominal"}, {"title", title}});
  return result;
}

// A median with its interval, of one norm and one kind: a direction, a way.
struct Dot {
  std::size_t row = 0;  // in the table of numbers, which the page's filter goes by
  std::string norm;
  std::size_t kind = 0;
  double value = 0;
  double low = 0;
  double high = 0;

  std::string text(const std::string& unit) const {
    return fmt::format("{:.2f} [{:.2f}, {:.2f}]{}", value, low, high, unit);
  }
};

// What the dots of a chart are.
struct DotStyle {
  std::vector<std::string> kinds;
  std::string unit;  // " GB/s"
  Json x;            // of Vega-Lite, without a field
};

// One row per norm; `line` is the reference value.
Json dot_panel(const std::vector<Dot>& dots, const DotStyle& style, double line) {
  Json values = Json::array();
  std::vector<std::string> norms;
  for (const auto& dot : dots) {
    if (std::ranges::find(norms, dot.norm) == norms.end()) norms.push_back(dot.norm);
    values.push_back({{"a", dot.row},
                      {"l", dot.norm},
                      {"s", dot.kind},
                      {"c", style.kinds[dot.kind]},
                      {"v", rounded(dot.value)},
                      {"low", rounded(dot.low)},
                      {"high", rounded(dot.high)},
                      {"text", dot.text(style.unit)}});
  }
  const auto along = [&](const char* field) {
    Json axis = style.x;
    axis["field"] = field;
    return axis;
  };
  std::vector<Look> looks;
  Json places = Json::array();
  for (std::size_t i = 0; i < style.kinds.size(); ++i) {
    looks.push_back(category_look(i));
    places.push_back(i);
  }
  const Json color = color_channel("s", looks);
  const Json offset{{"field", "s"}, {"type", "nominal"}, {"scale", {{"domain", places}}}};
  const Json tooltip = tips({{"l", "norm"}, {"c", "what"}, {"text", "median, 95 % interval"}});
  const Json y = rows_channel("l", norms);
  return {{"data", {{"values", values}}},
          {"width", "container"},
          {"height", row_height(norms, style.kinds.size()) * static_cast<int>(norms.size())},
          {"layer",
           {{{"mark", {{"type", "rule"}, {"color", "$muted"}, {"strokeDash", {4, 3}}}},
             {"encoding", {{"x", {{"datum", line}, {"type", "quantitative"}}}}}},
            {{"mark", {{"type", "rule"}}},
             {"encoding",
              {{"x", along("low")},
               {"x2", {{"field", "high"}}},
               {"y", y},
               {"yOffset", offset},
               {"color", color},
               {"tooltip", tooltip}}}},
            {{"mark", {{"type", "point"}, {"filled", true}, {"size", 42}, {"opacity", 1}}},
             {"encoding",
              {{"x", along("v")},
               {"y", y},
               {"yOffset", offset},
               {"color", color},
               {"shape", shape_channel("s", looks)},
               {"tooltip", tooltip}}}}}}};
}

void add_panel(Chart& chart, const Frame& frame, const std::vector<Dot>& dots, const DotStyle& style, double line) {
  if (dots.empty()) return;
  chart.panels.push_back({frame.first + ", " + frame.second, dot_panel(dots, style, line)});
  for (const auto& dot : dots) {
    chart.data.rows.push_back({text_cell(frame.first), text_cell(frame.second), text_cell(dot.norm),
                               text_cell(style.kinds[dot.kind]), number_cell(dot.value, dot.text(""))});
  }
}

void add_legend(Chart& chart, const DotStyle& style) {
  for (std::size_t i = 0; i < style.kinds.size(); ++i) {
    chart.legend.push_back({style.kinds[i], category_look(i), LegendItem::Mark::point});
  }
}

std::optional<Chart> speedups(const std::vector<BenchRow>& rows) {
  const DotStyle style{{"training, forward", "training, backward", "evaluation"},
                       " times as fast",
                       {{"type", "quantitative"},
                        {"scale", {{"type", "log"}, {"nice", true}}},
                        {"axis", {{"title", "times as fast"}, {"tickCount", 6}, {"grid", true}}}}};
  Chart chart;
  chart.id = "speedups";
  chart.title = "Speed-up of the fused kernels";
  chart.caption =
      "Time of LibTorch's operations (of composed if LibTorch has none), divided by fused's time: median of the "
      "rounds' ratios with its interval. Right of the dashed line at 1, fused is faster.";
  chart.data.columns = {
      text_column("shape"), text_column("type"), text_column("norm"), text_column("part"), {"times as fast"}};
  std::size_t faster = 0, all = 0;
  for (const auto& frame : frames(rows)) {
    std::vector<Dot> dots;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const BenchRow& row = rows[i];
      const auto& over = row.over_torch ? row.over_torch : row.over_composed;
      if (!within(row, frame) || !over || row.direction == "both") continue;
      const std::size_t part = row.of->mode() == "eval" ? 2 : row.direction == "forward" ? 0 : 1;
      dots.push_back({i, row.of->norm, part, over->median, over->low, over->high});
      ++all;
      faster += over->median > 1 ? 1 : 0;
    }
    add_panel(chart, frame, dots, style, 1);
  }
  if (chart.panels.empty()) return std::nullopt;
  add_legend(chart, style);
  chart.description = fmt::format(
      "How many times as fast the fused kernels are, on a logarithmic axis, one row per norm, in {} by shape and data "
      "type. The median is above 1 in {} of {} cases.",
      plural(chart.panels.size(), "panel"), faster, all);
  return chart;
}

std::optional<Chart> bandwidths(const std::vector<BenchRow>& rows, const std::string& direction) {
  const DotStyle style{{"fused", "composed", "LibTorch"},
                       " GB/s",
                       {{"type", "quantitative"},
                        {"scale", {{"zero", true}, {"nice", true}}},
                        {"axis", {{"title", "GB/s"}, {"tickCount", 5}, {"grid", true}}}}};
  Chart chart;
  chart.id = "bandwidth_" + direction;
  chart.title = "Bytes that must move, " + direction + " in training";
  chart.caption =
      "Effective GB/s of each way, from its median time. The dashed line is a copy of x in the same run. LibTorch has "
      "no dot if composed is its operation or if it has none.";
  chart.data.columns = {
      text_column("shape"), text_column("type"), text_column("norm"), text_column("way"), {"speed", "GB/s"}};
  for (const auto& frame : frames(rows)) {
    std::vector<Dot> dots;
    double copy = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const BenchRow& row = rows[i];
      if (!within(row, frame) || row.direction != direction || row.of->mode() != "train") continue;
      copy = row.copy_gb_per_s;
      for (const auto& [way, speed] : row.gb_per_s) {
        const stats::MedianInterval& ns = row.ns.at(way);
        const std::string name = way == "torch" ? "LibTorch" : way;
        const auto kind = static_cast<std::size_t>(std::ranges::find(style.kinds, name) - style.kinds.begin());
        if (kind == style.kinds.size()) continue;
        dots.push_back({i, row.of->norm, kind, speed, speed * ns.median / ns.high, speed * ns.median / ns.low});
      }
    }
    add_panel(chart, frame, dots, style, copy);
  }
  if (chart.panels.empty()) return std::nullopt;
  add_legend(chart, style);
  chart.legend.push_back({"copy", muted_look(), LegendItem::Mark::reference});
  chart.description = fmt::format(
      "Effective speed in GB/s of the {} pass in training, one row per norm, in {} by shape "
      "and data type. A dashed line marks the speed of a copy.",
      direction, plural(chart.panels.size(), "panel"));
  return chart;
}

}  // namespace

std::vector<Chart> bench_charts(const std::vector<BenchRow>& rows) {
  std::vector<Chart> charts;
  for (const auto& chart : {speedups(rows), bandwidths(rows, "forward"), bandwidths(rows, "backward")}) {
    if (chart) charts.push_back(*chart);
  }
  return charts;
}

}  // namespace bnexp::report
