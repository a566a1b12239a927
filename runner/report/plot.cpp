#include "report/plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <map>
#include <set>

#include "base/text.h"
#include "report/compare.h"

namespace bnexp::report {
namespace {

Json axis(const std::string& title, bool logarithmic) {
  Json result{{"title", title}};
  if (logarithmic) result["format"] = "~g";
  return result;
}

Json scale(bool logarithmic) { return {{"type", logarithmic ? "log" : "linear"}, {"zero", false}, {"nice", false}}; }

Json row_of(const Point& point, const Series& series, std::size_t index) {
  Json row{{"x", rounded(point.x)}, {"y", rounded(point.y)}, {"s", index}, {"a", series.arm}};
  if (series.band) {
    row["lo"] = rounded(point.low);
    row["hi"] = rounded(point.high);
  }
  return row;
}

}  // namespace

double rounded(double value) { return std::strtod(fmt::format("{:.6g}", value).c_str(), nullptr); }

std::size_t thin(std::vector<Point>& points, std::size_t count) {
  const std::size_t limit = std::clamp<std::size_t>(kMaxPoints / std::max<std::size_t>(1, count), 12, 400);
  const std::size_t stride = (points.size() + limit - 1) / limit;
  if (stride <= 1) return 1;
  std::vector<Point> kept;
  for (std::size_t i = 0; i < points.size(); i += stride) kept.push_back(points[i]);
  if ((points.size() - 1) % stride != 0) kept.push_back(points.back());
  points = std::move(kept);
  return stride;
}

Layout curve_layout(const Results& results) {
  Layout layout;
  const Key* rate = learning_rate(results);
  for (const auto& key : results.keys) {
    const auto worth = [&](const Key* k) { return std::tuple(k == rate, k->numeric, k->levels.size()); };
    if (!layout.color || worth(&key) > worth(layout.color)) layout.color = &key;
  }
  for (const auto& key : results.keys) {
    if (&key != layout.color) layout.facets.push_back(&key);
  }
  return layout;
}

std::string level_color(const Key* key, std::size_t level) {
  if (!key) return "$category/0";
  if (key->numeric || key->levels.size() > 8) return fmt::format("$ramp/{}/{}", level, key->levels.size());
  return fmt::format("$category/{}", level);
}

std::string level_label(const Key* key, std::size_t level) {
  return key && level < key->levels.size() ? value_text(key->levels[level]) : "all";
}

Facets facets_of(const Results& results, const Layout& layout, std::size_t limit) {
  Facets facets;
  std::set<std::size_t> levels;
  const std::size_t count = layout.color ? layout.color->levels.size() : 1;
  const std::size_t shown_levels = std::min(count, kMaxColors);
  for (std::size_t i = 0; i < shown_levels; ++i) {
    levels.insert(shown_levels < 2 ? 0 : (i * (count - 1) + (shown_levels - 1) / 2) / (shown_levels - 1));
  }
  std::vector<std::string> notes;
  if (levels.size() < count) {
    notes.push_back(
        fmt::format("{} of {} levels of {} are drawn, evenly spread.", levels.size(), count, layout.color->name));
  }
  auto groups = group_by(results, layout.facets);
  if (groups.size() > limit) {
    notes.push_back(
        fmt::format("{} of {} combinations are drawn, those with the most accurate arms.", limit, groups.size()));
    std::map<const Arm*, std::size_t> place;
    for (const Arm* arm : rank(all_arms(results)).arms) place.emplace(arm, place.size());
    const auto best = [&](const Group& group) {
      std::size_t least = results.arms.size();
      for (const Arm* arm : group.arms) {
        if (place.contains(arm)) least = std::min(least, place.at(arm));
      }
      return least;
    };
    std::stable_sort(groups.begin(), groups.end(), [&](const auto& a, const auto& b) { return best(a) < best(b); });
    groups.resize(limit);
  }
  for (const auto& group : groups) {
    Facet facet{group.label, {}};
    for (const Arm* arm : group.arms) {
      const std::size_t level = layout.color ? layout.color->level_of(arm->values) : 0;
      if (!levels.contains(level)) continue;
      facet.arms.push_back({arm, static_cast<std::size_t>(arm - results.arms.data()), level_label(layout.color, level),
                            level_color(layout.color, level)});
    }
    if (layout.color) {
      std::stable_sort(facet.arms.begin(), facet.arms.end(), [&](const ColoredArm& a, const ColoredArm& b) {
        return layout.color->level_of(a.arm->values) < layout.color->level_of(b.arm->values);
      });
    }
    facets.shown.push_back(std::move(facet));
  }
  facets.note = join(notes, " ");
  return facets;
}

std::vector<LegendItem> legend_of(const Facets& facets) {
  std::vector<LegendItem> legend;
  std::map<std::string, std::size_t> seen;
  std::size_t most = 0;
  for (const auto& facet : facets.shown) most = std::max(most, facet.arms.size());
  for (const auto& facet : facets.shown) {
    for (const auto& arm : facet.arms) {
      if (most > 1 && seen.emplace(arm.color, legend.size()).second) legend.push_back({arm.label, arm.color});
    }
  }
  return legend;
}

std::pair<double, double> y_range(const std::vector<const Series*>& series, bool logarithmic) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const Series* one : series) {
    for (const auto& point : one->points) {
      const double bottom = one->band ? point.low : point.y, top = one->band ? point.high : point.y;
      if (!logarithmic || bottom > 0) low = std::min(low, bottom);
      high = std::max(high, top);
    }
  }
  if (!(low <= high)) return {logarithmic ? 0.1 : 0.0, 1.0};
  if (logarithmic) return {low / 1.1, std::max(high, low) * 1.1};
  const double margin = high > low ? 0.04 * (high - low) : std::max(1e-3, 0.05 * std::abs(high));
  return {low - margin, high + margin};
}

Json line_panel(const std::vector<Series>& series, const std::vector<Cross>& crosses, const Axes& axes) {
  Json rows = Json::array(), ends = Json::array(), colors = Json::array(), domain = Json::array();
  bool bands = false;
  for (std::size_t i = 0; i < series.size(); ++i) {
    domain.push_back(i);
    colors.push_back(series[i].color);
    bands = bands || series[i].band;
    for (const auto& point : series[i].points) {
      if (axes.log_y && point.y <= 0) continue;
      if (axes.log_x && point.x <= 0) continue;
      Json row = row_of(point, series[i], i);
      row["l"] = series[i].label;
      if (point.n > 1) row["n"] = point.n;
      if (axes.log_y && series[i].band && point.low <= 0) row["lo"] = row["y"];
      rows.push_back(std::move(row));
    }
  }
  for (const auto& cross : crosses) {
    ends.push_back({{"x", rounded(cross.x)},
                    {"y", rounded(cross.y)},
                    {"c", cross.color},
                    {"l", cross.label},
                    {"t", cross.trial},
                    {"f", cross.text}});
  }
  Json y_scale = scale(axes.log_y);
  if (axes.y_domain) y_scale["domain"] = {rounded(axes.y_domain->first), rounded(axes.y_domain->second)};
  const Json x{
      {"field", "x"}, {"type", "quantitative"}, {"scale", scale(axes.log_x)}, {"axis", axis(axes.x_title, axes.log_x)}};
  const Json y{{"field", "y"}, {"type", "quantitative"}, {"scale", y_scale}, {"axis", axis(axes.y_title, axes.log_y)}};
  const Json color{
      {"field", "s"}, {"type", "nominal"}, {"scale", {{"domain", domain}, {"range", colors}}}, {"legend", nullptr}};
  const auto only = [&](auto keeps) {
    Json wanted = Json::array();
    for (std::size_t i = 0; i < series.size(); ++i) {
      if (keeps(series[i])) wanted.push_back(i);
    }
    return Json::array({{{"filter", {{"field", "s"}, {"oneOf", wanted}}}}});
  };
  Json layers = Json::array();
  if (bands) {
    layers.push_back({{"transform", only([](const Series& s) { return s.band; })},
                      {"mark", {{"type", "area"}, {"opacity", 0.16}, {"clip", true}, {"tooltip", nullptr}}},
                      {"encoding", {{"x", x}, {"y", Json(y)}, {"y2", {{"field", "hi"}}}, {"color", color}}}});
    layers.back()["encoding"]["y"]["field"] = "lo";
  }
  for (const auto style : {Series::Style::line, Series::Style::dashed}) {
    const Json transform = only([&](const Series& s) { return s.style == style; });
    if (transform[0]["filter"]["oneOf"].empty()) continue;
    Json mark{{"type", "line"}, {"clip", true}};
    if (style == Series::Style::dashed) mark["strokeDash"] = {5, 3};
    layers.push_back({{"transform", transform}, {"mark", mark}, {"encoding", {{"x", x}, {"y", y}, {"color", color}}}});
  }
  Json tooltip = Json::array({{{"field", "l"}, {"type", "nominal"}, {"title", "arm"}},
                              {{"field", "x"}, {"type", "quantitative"}, {"title", axes.x_title}, {"format", ".5~g"}},
                              {{"field", "y"}, {"type", "quantitative"}, {"title", axes.y_title}, {"format", ".4~g"}}});
  if (bands) {
    tooltip.push_back({{"field", "lo"}, {"type", "quantitative"}, {"title", "low"}, {"format", ".4~g"}});
    tooltip.push_back({{"field", "hi"}, {"type", "quantitative"}, {"title", "high"}, {"format", ".4~g"}});
  }
  // The marks a pointer can find: visible for `points` series and for lines of one point, else transparent.
  Json seen = Json::array();
  for (std::size_t i = 0; i < series.size(); ++i) {
    if (series[i].style == Series::Style::points || series[i].points.size() == 1) seen.push_back(i);
  }
  layers.push_back(
      {{"mark", {{"type", "point"}, {"filled", true}, {"clip", true}}},
       {"encoding",
        {{"x", x},
         {"y", y},
         {"color", color},
         {"opacity", {{"condition", {{"test", {{"field", "s"}, {"oneOf", seen}}}, {"value", 0.9}}}, {"value", 0}}},
         {"size", {{"value", 30}}},
         {"tooltip", tooltip}}}});
  if (!ends.empty()) {
    layers.push_back({{"data", {{"values", ends}}},
                      {"mark",
                       {{"type", "point"},
                        {"shape", "M-1,-1L1,1M1,-1L-1,1"},
                        {"size", 70},
                        {"filled", false},
                        {"strokeWidth", 2},
                        {"opacity", 1}}},
                      {"encoding",
                       {{"x", x},
                        {"y", y},
                        {"color", {{"field", "c"}, {"type", "nominal"}, {"scale", nullptr}, {"legend", nullptr}}},
                        {"tooltip", Json::array({{{"field", "l"}, {"type", "nominal"}, {"title", "trial"}},
                                                 {{"field", "f"}, {"type", "nominal"}, {"title", "ended"}}})}}}});
  }
  return {{"data", {{"values", rows}}}, {"width", "container"}, {"height", axes.height}, {"layer", layers}};
}

}  // namespace bnexp::report
