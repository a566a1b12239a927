#include "report/bench_charts.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "report/lines.h"

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

Json datum(const std::string& norm, const std::string& what, double value, double low, double high,
           const std::string& unit) {
  return {{"l", norm},
          {"c", what},
          {"v", rounded(value)},
          {"low", rounded(low)},
          {"high", rounded(high)},
          {"text", fmt::format("{:.2f} [{:.2f}, {:.2f}]{}", value, low, high, unit)}};
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
  for (const auto& frame : frames(rows)) {
    Json values = Json::array(), order = Json::array();
    for (const auto& row : rows) {
      const auto& over = row.over_torch ? row.over_torch : row.over_composed;
      if (!within(row, frame) || !over || row.direction == "both") continue;
      const Json& what = row.of->mode() == "eval" ? domain[2] : row.direction == "forward" ? domain[0] : domain[1];
      values.push_back(datum(row.of->norm, what, over->median, over->low, over->high, " times as fast"));
      add_once(order, row.of->norm);
    }
    if (values.empty()) continue;
    const Json x{{"type", "quantitative"},
                 {"scale", {{"type", "log"}, {"nice", true}}},
                 {"axis", {{"title", "times as fast"}, {"tickCount", 6}, {"grid", true}}}};
    chart.panels.push_back({frame.first + ", " + frame.second, dots(values, order, x, 1, domain, range)});
  }
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
    for (const auto& row : rows) {
      if (!within(row, frame) || row.direction != direction || row.of->mode() != "train") continue;
      copy = row.copy_gb_per_s;
      add_once(order, row.of->norm);
      for (const auto& [way, speed] : row.gb_per_s) {
        const stats::MedianInterval& ns = row.ns.at(way);
        const std::string what = way == "torch" ? "LibTorch" : way;
        values.push_back(
            datum(row.of->norm, what, speed, speed * ns.median / ns.high, speed * ns.median / ns.low, " GB/s"));
      }
    }
    if (values.empty()) continue;
    const Json x{{"type", "quantitative"},
                 {"scale", {{"zero", true}, {"nice", true}}},
                 {"axis", {{"title", "GB/s"}, {"tickCount", 5}, {"grid", true}}}};
    chart.panels.push_back({frame.first + ", " + frame.second, dots(values, order, x, copy, domain, range)});
  }
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
