#include "report/bench_charts.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/text.h"
#include "report/lines.h"
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

Json norms_axis(const Json& order) {
  return {{"field", "l"},
          {"type", "nominal"},
          {"sort", order},
          {"axis", {{"title", nullptr}, {"labelLimit", 170}, {"grid", true}, {"ticks", false}}}};
}

Json tips(const std::vector<std::pair<const char*, const char*>>& fields) {
  Json result = Json::array();
  for (const auto& [field, title] : fields) result.push_back({{"field", field}, {"type", "nominal"}, {"title", title}});
  return result;
}

// Dots with intervals, one row per norm; `x` describes the axis, `line` is the reference value.
Json dots(const Json& values, const Json& order, const Json& x, double line, const Json& domain, const Json& range) {
  const auto along = [&](const char* field) {
    Json axis = x;
    axis["field"] = field;
    return axis;
  };
  const Json color{
      {"field", "c"}, {"type", "nominal"}, {"scale", {{"domain", domain}, {"range", range}}}, {"legend", nullptr}};
  const Json offset{{"field", "c"}, {"type", "nominal"}, {"sort", domain}};
  const Json tooltip = tips({{"l", "norm"}, {"c", "what"}, {"text", "median, 95 % interval"}});
  const Json y = norms_axis(order);
  return {
      {"data", {{"values", values}}},
      {"width", "container"},
      {"height", {{"step", 9}}},
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
        {{"mark", {{"type", "point"}, {"filled", true}, {"size", 36}, {"opacity", 1}}},
         {"encoding", {{"x", along("v")}, {"y", y}, {"yOffset", offset}, {"color", color}, {"tooltip", tooltip}}}}}}};
}

// `row` is the place in the table of numbers, which the page's filter goes by.
Json datum(std::size_t row, const std::string& norm, const std::string& what, double value, double low, double high,
           const std::string& unit) {
  return {{"a", row},
          {"l", norm},
          {"c", what},
          {"v", rounded(value)},
          {"low", rounded(low)},
          {"high", rounded(high)},
          {"text", fmt::format("{:.2f} [{:.2f}, {:.2f}]{}", value, low, high, unit)}};
}

// The frame's dots as rows of the chart's data.
void add_data(Table& data, const std::string& frame, const Json& values) {
  if (data.columns.empty()) {
    for (const char* name : {"shape, type", "norm", "what", "median, 95 % interval"}) {
      data.columns.push_back(text_column(name));
    }
  }
  for (const auto& value : values) {
    auto& row = data.rows.emplace_back();
    row.push_back(text_cell(frame));
    for (const char* field : {"l", "c", "text"}) row.push_back(text_cell(value.at(field).get<std::string>()));
  }
}

// "2 panels (64x128, fp32; 64x512, fp32)" of a chart, for its description.
std::string panels_text(const Chart& chart) {
  std::vector<std::string> titles;
  for (const auto& panel : chart.panels) titles.push_back(panel.title);
  return plural(titles.size(), "panel") + " (" + join(titles, "; ") + ")";
}

void add_once(Json& list, const std::string& item) {
  if (std::find(list.begin(), list.end(), item) == list.end()) list.push_back(item);
}

std::vector<LegendItem> legend(const Json& domain, const Json& range) {
  std::vector<LegendItem> items;
  for (std::size_t i = 0; i < domain.size(); ++i) items.push_back({domain[i], range[i], LegendItem::Mark::point});
  return items;
}

std::optional<Chart> speedups(const std::vector<BenchRow>& rows) {
  const Json domain{"training, forward", "training, backward", "evaluation"};
  const Json range{"$category/0", "$category/1", "$category/2"};
  Chart chart;
  chart.id = "speedups";
  chart.title = "Speed-up of the fused kernels";
  chart.caption =
      "Time of LibTorch's operations (of composed if LibTorch has none), divided by fused's time: median of the "
      "rounds' ratios with its interval. Right of the dashed line at 1, fused is faster.";
  std::size_t faster = 0;
  for (const auto& frame : frames(rows)) {
    Json values = Json::array(), order = Json::array();
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const BenchRow& row = rows[i];
      const auto& over = row.over_torch ? row.over_torch : row.over_composed;
      if (!within(row, frame) || !over || row.direction == "both") continue;
      const Json& what = row.of->mode() == "eval" ? domain[2] : row.direction == "forward" ? domain[0] : domain[1];
      faster += over->median > 1 ? 1 : 0;
      values.push_back(datum(i, row.of->norm, what, over->median, over->low, over->high, " times as fast"));
      add_once(order, row.of->norm);
    }
    if (values.empty()) continue;
    const Json x{{"type", "quantitative"},
                 {"scale", {{"type", "log"}, {"nice", true}}},
                 {"axis", {{"title", "times as fast"}, {"tickCount", 6}, {"grid", true}}}};
    const std::string title = frame.first + ", " + frame.second;
    chart.panels.push_back({title, dots(values, order, x, 1, domain, range)});
    add_data(chart.data, title, values);
  }
  chart.description = fmt::format(
      "Dots with intervals, a row for each norm, in {}. The horizontal axis says how many times as fast "
      "fused is; {} of {} medians are above 1.",
      panels_text(chart), faster, chart.data.rows.size());
  chart.legend = legend(domain, range);
  return chart.panels.empty() ? std::nullopt : std::optional(chart);
}

std::optional<Chart> bandwidths(const std::vector<BenchRow>& rows, const std::string& direction) {
  const Json domain{"fused", "composed", "LibTorch"};
  const Json range{"$category/0", "$category/1", "$category/2"};
  Chart chart;
  chart.id = "bandwidth_" + direction;
  chart.title = "Bytes that must move, " + direction + " in training";
  chart.caption =
      "Effective GB/s of each way, from its median time. The dashed line is a copy of x in the same run. LibTorch has "
      "no dot if composed is its operation or if it has none.";
  for (const auto& frame : frames(rows)) {
    Json values = Json::array(), order = Json::array();
    double copy = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const BenchRow& row = rows[i];
      if (!within(row, frame) || row.direction != direction || row.of->mode() != "train") continue;
      copy = row.copy_gb_per_s;
      add_once(order, row.of->norm);
      for (const auto& [way, speed] : row.gb_per_s) {
        const stats::MedianInterval& ns = row.ns.at(way);
        const std::string what = way == "torch" ? "LibTorch" : way;
        values.push_back(
            datum(i, row.of->norm, what, speed, speed * ns.median / ns.high, speed * ns.median / ns.low, " GB/s"));
      }
    }
    if (values.empty()) continue;
    const Json x{{"type", "quantitative"},
                 {"scale", {{"zero", true}, {"nice", true}}},
                 {"axis", {{"title", "GB/s"}, {"tickCount", 5}, {"grid", true}}}};
    const std::string title = frame.first + ", " + frame.second;
    chart.panels.push_back({title, dots(values, order, x, copy, domain, range)});
    add_data(chart.data, title, values);
  }
  chart.description =
      fmt::format("Dots with intervals, a row for each norm, in {}. The horizontal axis has the effective GB/s of {}.",
                  panels_text(chart), direction + " in training");
  chart.legend = legend(domain, range);
  chart.legend.push_back({"copy", "$muted", LegendItem::Mark::dashed});
  return chart.panels.empty() ? std::nullopt : std::optional(chart);
}

}  // namespace

std::vector<Chart> bench_charts(const std::vector<BenchRow>& rows) {
  std::vector<Chart> charts;
  for (auto& chart : {speedups(rows), bandwidths(rows, "forward"), bandwidths(rows, "backward")}) {
    if (chart) charts.push_back(*chart);
  }
  return charts;
}

}  // namespace bnexp::report
