#include "report/lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <map>

namespace bnexp::report {
namespace {

using Extent = std::pair<double, double>;

// 1, 2, 5 of every decade between low and high; only the decades if they are enough.
Json log_ticks(const Extent& range) {
  const double decades = std::log10(range.second / range.first);
  const int every = decades > 6 ? 2 : 1;
  Json ticks = Json::array();
  for (int decade = static_cast<int>(std::floor(std::log10(range.first))); decade <= std::log10(range.second);
       ++decade) {
    for (const double digit : {1.0, 2.0, 5.0}) {
      const double tick = rounded(digit * std::pow(10.0, decade));
      const bool wanted = digit == 1 ? decade % every == 0 : decades < 1.6;
      if (wanted && tick >= range.first && tick <= range.second) ticks.push_back(tick);
    }
  }
  return ticks.size() < 3 ? Json(even_ticks(range.first, range.second, 5)) : ticks;
}

Json channel(const char* field, const std::string& title, bool logarithmic, const Extent& range, bool whole) {
  Json axis{{"title", title}};
  if (logarithmic) {
    axis["format"] = "~g";
    axis["values"] = log_ticks(range);
    axis["tickCount"] = kAllTicks;
  }
  if (whole) axis["tickMinStep"] = 1;
  return {{"field", field},
          {"type", "quantitative"},
          {"axis", axis},
          {"scale",
           {{"type", logarithmic ? "log" : "linear"},
            {"zero", false},
            {"nice", false},
            {"domain", {rounded(range.first), rounded(range.second)}}}}};
}

// One datum per point: "s" is the series, "l" its label, "a" its arm.
Json rows_of(const std::vector<Series>& series, const Axes& axes) {
  Json rows = Json::array();
  for (std::size_t i = 0; i < series.size(); ++i) {
    for (const auto& point : series[i].points) {
      if ((axes.log_y && point.y <= 0) || (axes.log_x && point.x <= 0)) continue;
      Json row{
          {"x", rounded(point.x)}, {"y", rounded(point.y)}, {"s", i}, {"a", series[i].arm}, {"l", series[i].label}};
      if (series[i].band) {
        row["lo"] = rounded(axes.log_y && point.low <= 0 ? point.y : point.low);
        row["hi"] = rounded(point.high);
      }
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

bool whole_numbers(const std::vector<Series>& series) {
  for (const auto& one : series) {
    for (const auto& point : one.points) {
      if (point.x != std::floor(point.x)) return false;
    }
  }
  return true;
}

template <class Keeps>
Json indices(const std::vector<Series>& series, const Keeps& keeps) {
  Json wanted = Json::array();
  for (std::size_t i = 0; i < series.size(); ++i) {
    if (keeps(series[i])) wanted.push_back(i);
  }
  return wanted;
}

Json only(const Json& wanted) {
  const Json filter = Json::object({{"filter", Json::object({{"field", "s"}, {"oneOf", wanted}})}});
  return Json::array({filter});
}

Json tip(const char* field, const std::string& title, const char* format = nullptr) {
  Json channel{{"field", field}, {"type", format ? "quantitative" : "nominal"}, {"title", title}};
  if (format) channel["format"] = format;
  return channel;
}

}  // namespace

double rounded(double value) { return std::strtod(fmt::format("{:.6g}", value).c_str(), nullptr); }

std::vector<double> even_ticks(double low, double high, std::size_t most) {
  std::vector<double> ticks;
  if (!(low < high)) return {low};
  for (double power = std::pow(10.0, std::floor(std::log10(high - low)) - 1); ticks.empty(); power *= 10) {
    for (const double digit : {1.0, 2.0, 5.0}) {
      const double step = digit * power, first = std::ceil(low / step - 1e-9);
      const double count = std::floor(high / step + 1e-9) - first + 1;
      if (count > static_cast<double>(most)) continue;
      for (int i = 0; i < count; ++i) ticks.push_back(rounded((first + i) * step));
      return ticks;
    }
  }
  return ticks;
}

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

std::pair<double, double> x_range(const std::vector<Series>& series, const std::vector<Cross>& crosses,
                                  bool logarithmic) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  const auto include = [&](double x) {
    if (logarithmic && x <= 0) return;
    low = std::min(low, x);
    high = std::max(high, x);
  };
  for (const auto& one : series) {
    for (const auto& point : one.points) include(point.x);
  }
  for (const auto& cross : crosses) include(cross.x);
  if (low < high) return {low, high};
  if (low == high) return logarithmic ? Extent{low / 2, high * 2} : Extent{low - 1, high + 1};
  return {0.1, 1};
}

std::pair<double, double> y_range(const std::vector<Series>& series, bool logarithmic) {
  constexpr double kMost = 1e300;  // beyond it there is no room for a margin
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const auto& one : series) {
    for (const auto& point : one.points) {
      const double bottom = std::clamp(one.band ? point.low : point.y, -kMost, kMost);
      const double top = std::clamp(one.band ? point.high : point.y, -kMost, kMost);
      if (!logarithmic || bottom > 0) low = std::min(low, bottom);
      high = std::max(high, top);
    }
  }
  if (!(low <= high)) return {logarithmic ? 0.1 : 0.0, 1.0};
  if (logarithmic) return {low / 1.1, high * 1.1};
  const double margin = high > low ? 0.04 * (high - low) : std::max(1e-3, 0.05 * std::abs(high));
  return {low - margin, high + margin};
}

Json cross_mark() {
  return {{"type", "point"}, {"shape", kCross}, {"size", 60}, {"filled", false}, {"strokeWidth", 2}, {"opacity", 1}};
}

Json line_panel(const std::vector<Series>& series, const std::vector<Cross>& crosses, const Axes& axes) {
  std::vector<Look> looks;
  for (const auto& one : series) looks.push_back(one.look);
  const Json color = color_channel("s", looks), dash = dash_channel("s", looks);
  const Json bands = indices(series, [](const Series& s) { return s.band; });
  const Json x = channel("x", axes.x_title, axes.log_x, axes.x_domain.value_or(x_range(series, crosses, axes.log_x)),
                         whole_numbers(series));
  const Json y = channel("y", axes.y_title, axes.log_y, axes.y_domain.value_or(y_range(series, axes.log_y)), false);

  Json layers = Json::array();
  if (!bands.empty()) {
    Json low = y;
    low["field"] = "lo";
    // Many overlapping bands would hide each other.
    const double opacity = bands.size() > 3 ? 0.09 : 0.16;
    layers.push_back({{"transform", only(bands)},
                      {"mark", {{"type", "area"}, {"opacity", opacity}, {"clip", true}, {"tooltip", nullptr}}},
                      {"encoding", {{"x", x}, {"y", low}, {"y2", {{"field", "hi"}}}, {"color", color}}}});
  }
  struct Stroke {
    Series::Style style;
    double width;
    double opacity;
  };
  for (const Stroke& stroke :
       {Stroke{Series::Style::context, 0.8, 0.3}, {Series::Style::thin, 0.9, 0.85}, {Series::Style::line, 1.9, 1.0}}) {
    const Json lines = indices(series, [&](const Series& s) { return s.style == stroke.style; });
    if (lines.empty()) continue;
    Json mark{{"type", "line"}, {"clip", true}, {"strokeWidth", stroke.width}, {"opacity", stroke.opacity}};
    Json encoding{{"x", x}, {"y", y}, {"color", color}};
    encoding[stroke.style == Series::Style::line ? "strokeDash" : "detail"] =
        stroke.style == Series::Style::line ? dash : Json{{"field", "s"}, {"type", "nominal"}};
    layers.push_back({{"transform", only(lines)}, {"mark", mark}, {"encoding", encoding}});
  }
  // Marks for the pointer: visible if a series has only these, else transparent.
  const Json seen =
      indices(series, [](const Series& s) { return s.style == Series::Style::points || s.points.size() == 1; });
  Json tips{tip("l", "arm"), tip("x", axes.x_title, ".5~g"),
            tip("y", axes.y_title.empty() ? "median" : axes.y_title, ".4~g")};
  if (!bands.empty()) {
    tips.push_back(tip("lo", "low", ".4~g"));
    tips.push_back(tip("hi", "high", ".4~g"));
  }
  const Json opacity{{"condition", {{"test", {{"field", "s"}, {"oneOf", seen}}}, {"value", 0.9}}}, {"value", 0}};
  const Json pointed = indices(series, [](const Series& s) { return s.style != Series::Style::context; });
  layers.push_back({{"transform", only(pointed)},
                    {"mark", {{"type", "point"}, {"filled", true}, {"clip", true}}},
                    {"encoding",
                     {{"x", x},
                      {"y", y},
                      {"color", color},
                      {"shape", shape_channel("s", looks)},
                      {"opacity", opacity},
                      {"size", {{"value", 34}}},
                      {"tooltip", tips}}}});
  // One layer per colour, because the page's theme sets the colours.
  std::map<std::string, Json> ends;
  for (const auto& cross : crosses) {
    ends[cross.look.color].push_back(
        {{"x", rounded(cross.x)}, {"y", rounded(cross.y)}, {"l", cross.label}, {"t", cross.trial}, {"f", cross.text}});
  }
  for (const auto& [stroke, rows] : ends) {
    Json mark = cross_mark();
    mark["color"] = stroke;
    const Json tooltip{tip("l", "trial"), tip("f", "ended")};
    layers.push_back(
        {{"data", {{"values", rows}}}, {"mark", mark}, {"encoding", {{"x", x}, {"y", y}, {"tooltip", tooltip}}}});
  }
  return {{"data", {{"values", rows_of(series, axes)}}},
          {"width", "container"},
          {"height", axes.height},
          {"layer", layers}};
}

}  // namespace bnexp::report
