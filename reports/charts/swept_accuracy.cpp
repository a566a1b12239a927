// Test accuracy over the swept values: one point per trial, the mean and its 95 % interval per arm, and, in a strip
// below the frame, the trials that did not finish ok.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include "report/chart.h"
#include "report/layout.h"
#include "report/lines.h"
#include "report/words.h"

namespace bnexp::report {
namespace {

struct SweepLayout {
  const Key* x = nullptr;
  Layout rest;
};

SweepLayout sweep_layout(const Analysis& analysis) {
  SweepLayout layout;
  const auto x_worth = [&](const Key* k) { return std::tuple(k == analysis.rate, k->numeric, k->levels.size()); };
  for (const auto& key : analysis.results.keys) {
    if (!layout.x || x_worth(&key) > x_worth(layout.x)) layout.x = &key;
  }
  const auto color_worth = [](const Key* k) {
    return std::tuple(k->levels.size() <= 8, !k->numeric, k->levels.size());
  };
  for (const auto& key : analysis.results.keys) {
    if (&key == layout.x) continue;
    if (!layout.rest.color || color_worth(&key) > color_worth(layout.rest.color)) layout.rest.color = &key;
  }
  layout.rest.facets = analysis::other_keys(analysis.results, {layout.x, layout.rest.color});
  return layout;
}

// The range of a panel's accuracies, in percent, with room for the failures below.
struct Frame {
  double floor = 0;
  double ceiling = 100;
  std::string strip;  // label of the strip of failures below; empty: no strip

  double height() const { return ceiling - floor; }
  double bottom() const { return strip.empty() ? floor : floor - 0.16 * height(); }
  Json ticks() const {
    double step = 0.05;
    for (const double candidate : {0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0}) {
      step = candidate;
      if (height() / step <= 6) break;
    }
    Json values = Json::array();
    for (double v = std::ceil(floor / step - 1e-9) * step; v <= ceiling + 1e-9; v += step) values.push_back(rounded(v));
    return values;
  }
};

// The x of a level, shifted slightly by colour so that equal values don't hide each other.
double placed(const Key& key, double value, double color, double colors) {
  const double share = colors > 1 ? 0.03 * (color - (colors - 1) / 2) * std::min(1.0, 4 / colors) : 0;
  const double low = key.levels.front().get<double>(), high = key.levels.back().get<double>();
  return key.logarithmic ? value * std::pow(high / low, share) : value + share * (high - low);
}

struct Rows {
  Json points = Json::array();
  Json means = Json::array();
  Json failures = Json::array();
};

Rows rows_of(const Facet& facet, const Key& key, const std::vector<std::string>& colors, const Frame& frame) {
  Rows rows;
  std::map<Json, std::size_t> stacked;
  std::map<Json, std::size_t> at_level;
  for (const auto& colored : facet.arms) {
    for (const auto& trial : colored.arm->trials) {
      if (trial.record && !trial.ok()) ++at_level[colored.arm->values.value(key.path, Json())];
    }
  }
  for (const auto& colored : facet.arms) {
    if (!colored.arm->values.contains(key.path)) continue;
    const Json& value = colored.arm->values.at(key.path);
    const auto color =
        static_cast<std::size_t>(std::find(colors.begin(), colors.end(), colored.color) - colors.begin());
    Json base{{"v", value_text(value)}, {"s", color}, {"l", colored.arm->label}};
    if (key.numeric) {
      base["x"] =
          rounded(placed(key, value.get<double>(), static_cast<double>(color), static_cast<double>(colors.size())));
    }
    for (const auto& trial : colored.arm->trials) {
      Json row = base;
      row["t"] = trial.id;
      row["seed"] = trial.seed;
      if (const auto accuracy = trial.metric("test_accuracy")) {
        row["y"] = rounded(100 * *accuracy);
        if (100 * *accuracy >= frame.floor) rows.points.push_back(row);
      } else if (!frame.strip.empty() && trial.record && !trial.ok()) {
        const double place = (static_cast<double>(stacked[value]++) + 0.5) / static_cast<double>(at_level[value]);
        row["y"] = rounded(frame.bottom() + 0.14 * frame.height() * place);
        const auto& failure = trial.record->result.failure;
        row["f"] = analysis::name_of(trial.outcome());
        if (failure && failure->step)
          row["f"] = fmt::format("{} at step {}", analysis::name_of(trial.outcome()), *failure->step);
        rows.failures.push_back(row);
      }
    }
    const Estimate& mean = colored.arm->test_accuracy;
    if (mean.n == 0 || 100 * mean.mean < frame.floor) continue;
    Json row = base;
    row["a"] = colored.index;
    row["y"] = rounded(100 * mean.mean);
    row["lo"] = rounded(std::max(frame.floor, 100 * mean.low()));
    row["hi"] = rounded(100 * mean.high());
    row["w"] = accuracy(mean);
    row["ok"] = fmt::format("{} of {} ok", colored.arm->ok(), colored.arm->trials.size());
    rows.means.push_back(row);
  }
  return rows;
}

Json panel(const Facet& facet, const Key& key, const std::vector<std::string>& colors, const Frame& frame) {
  const Rows rows = rows_of(facet, key, colors, frame);
  Json levels = Json::array(), names = Json::array(), indices = Json::array();
  for (const auto& level : key.levels) {
    levels.push_back(level);
    names.push_back(value_text(level));
  }
  for (std::size_t i = 0; i < colors.size(); ++i) indices.push_back(i);
  Json x;
  if (key.numeric) {
    const double low = placed(key, key.levels.front().get<double>(), -1, 2);
    const double high = placed(key, key.levels.back().get<double>(), 2, 2);
    x = {{"field", "x"},
         {"type", "quantitative"},
         {"scale",
          {{"type", key.logarithmic ? "log" : "linear"},
           {"nice", false},
           {"zero", false},
           {"domain", {rounded(low), rounded(high)}}}},
         {"axis",
          {{"title", key.name}, {"values", levels}, {"tickCount", kAllTicks}, {"format", "~g"}, {"grid", false}}}};
  } else {
    x = {{"field", "v"},
         {"type", "ordinal"},
         {"scale", {{"domain", names}, {"paddingInner", 0.3}, {"paddingOuter", 0.2}}},
         {"axis", {{"title", key.name}, {"labelAngle", names.size() > 6 ? -40 : 0}, {"labelLimit", 120}}}};
  }
  Json y_axis{{"title", "test accuracy (%)"},
              {"values", frame.ticks()},
              {"format", ".5~g"},
              {"labelOverlap", false},
              {"tickCount", kAllTicks}};
  if (!frame.strip.empty()) {
    // The axis has a label for the strip, without a grid line.
    const std::string in_strip = fmt::format("datum.value < {}", rounded(frame.floor - 0.01 * frame.height()));
    y_axis["values"].push_back(rounded(frame.floor - 0.09 * frame.height()));
    y_axis["labelExpr"] = fmt::format("{} ? '{}' : format(datum.value, '.5~g')", in_strip, frame.strip);
    y_axis["gridOpacity"] = {{"condition", {{"test", in_strip}, {"value", 0}}}, {"value", 1}};
  }
  const Json y_scale{{"domain", {rounded(frame.bottom()), rounded(frame.ceiling)}}, {"nice", false}, {"zero", false}};
  const Json y{{"field", "y"}, {"type", "quantitative"}, {"scale", y_scale}, {"axis", y_axis}};
  const Json color{
      {"field", "s"}, {"type", "nominal"}, {"scale", {{"domain", indices}, {"range", colors}}}, {"legend", nullptr}};
  const auto tip = [](const char* field, const std::string& title) {
    return Json{{"field", field}, {"type", "nominal"}, {"title", title}};
  };
  const Json trial_tip{tip("l", "arm"),
                       tip("seed", "seed"),
                       {{"field", "y"}, {"type", "quantitative"}, {"title", "test accuracy (%)"}, {"format", ".2f"}}};
  const Json mean_tip{tip("l", "arm"), tip("w", "mean ± 95 % CI (%)"), tip("ok", "trials")};
  Json encoding{{"x", x}, {"y", y}, {"color", color}};
  if (!key.numeric && colors.size() > 1) encoding["xOffset"] = {{"field", "s"}, {"type", "nominal"}, {"sort", indices}};
  const auto layer = [&](const Json& rows_, Json mark, Json more) {
    Json channels = encoding;
    channels.update(more);
    return Json{{"data", {{"values", rows_}}}, {"mark", std::move(mark)}, {"encoding", channels}};
  };
  Json layers = Json::array();
  if (!frame.strip.empty()) {
    const Json at_floor = Json::object({{"y", rounded(frame.floor)}});
    layers.push_back({{"data", {{"values", Json::array({at_floor})}}},
                      {"mark", {{"type", "rule"}, {"color", "$muted"}, {"strokeDash", {2, 3}}}},
                      {"encoding", {{"y", {{"field", "y"}, {"type", "quantitative"}}}}}});
  }
  if (key.numeric)
    layers.push_back(layer(rows.means, {{"type", "line"}, {"clip", true}, {"strokeWidth", 1.5}}, Json::object()));
  layers.push_back(layer(rows.means, {{"type", "rule"}, {"clip", true}, {"strokeWidth", 1.5}},
                         {{"y",
                           [&] {
                             Json low = y;
                             low["field"] = "lo";
                             return low;
                           }()},
                          {"y2", {{"field", "hi"}}}}));
  layers.push_back(layer(rows.points, {{"type", "point"}, {"filled", false}, {"size", 36}, {"opacity", 0.75}},
                         {{"tooltip", trial_tip}}));
  layers.push_back(
      layer(rows.means, {{"type", "point"}, {"filled", true}, {"size", 55}, {"opacity", 1}}, {{"tooltip", mean_tip}}));
  if (!rows.failures.empty()) {
    layers.push_back(
        layer(rows.failures, cross_mark(), {{"tooltip", {tip("l", "arm"), tip("seed", "seed"), tip("f", "ended")}}}));
  }
  return {{"width", "container"}, {"height", 260}, {"layer", layers}};
}

std::optional<Chart> swept_accuracy(const ChartInput& input) {
  const Analysis& analysis = input.analysis;
  if (analysis.results.keys.empty()) return std::nullopt;
  const SweepLayout layout = sweep_layout(analysis);
  const Facets facets = facets_of(analysis, layout.rest);
  std::vector<double> accuracies;
  std::vector<Estimate> intervals;  // in percent
  std::vector<std::string> colors;
  std::set<analysis::Outcome> failures;
  std::size_t missing = 0;
  for (const auto& facet : facets.shown) {
    for (const auto& colored : facet.arms) {
      if (std::find(colors.begin(), colors.end(), colored.color) == colors.end()) colors.push_back(colored.color);
      for (const auto& [seed, value] : colored.arm->by_seed("test_accuracy")) accuracies.push_back(100 * value);
      missing += colored.arm->counts[std::nullopt];
      if (colored.arm->test_accuracy.n > 0) intervals.push_back(colored.arm->test_accuracy.scaled(100));
      for (const auto& trial : colored.arm->trials) {
        if (trial.record && !trial.ok()) failures.insert(trial.outcome());
      }
    }
  }
  if (accuracies.empty()) return std::nullopt;
  const std::string strip = failures.empty()      ? ""
                            : failures.size() > 1 ? "not ok"
                                                  : analysis::name_of(*failures.begin());
  const auto [low, high] = std::minmax_element(accuracies.begin(), accuracies.end());
  // The range of the trials, with room for intervals that extend no further than the trials are apart.
  const auto framed = [&](double from, double to, const std::string& below) {
    const double reach = std::max(0.2, to - from);
    double bottom = from, top = to;
    for (const auto& interval : intervals) {
      if (interval.mean < from || interval.mean > to) continue;
      bottom = std::min(bottom, std::max(interval.low(), from - reach));
      top = std::max(top, std::min(interval.high(), to + reach));
    }
    const double margin = std::max(0.05, 0.06 * (top - bottom));
    return Frame{std::max(0.0, bottom - margin), std::min(100.0, top + margin), below};
  };

  Chart chart;
  chart.title = "Test accuracy over " + layout.x->name;
  chart.caption = "Open circles: trials; filled: mean over ok trials, with its 95 % interval (cut at the frame).";
  if (layout.x->numeric && colors.size() > 1)
    chart.caption += " Colours are shifted sideways so that they do not overlap.";
  const Frame whole = framed(*low, *high, strip);
  // If some arms fail to learn, differences between the others need their own scale.
  const double trains = 100 * analysis.thresholds.trains;
  const auto trained = std::ranges::count_if(accuracies, [&](double a) { return a > trains; });
  const bool zoom = *low < trains - 10 && trained >= 2;
  const double least = [&] {
    double value = *high;
    for (double a : accuracies) value = a > trains ? std::min(value, a) : value;
    return value;
  }();
  for (const auto& facet : facets.shown) {
    const std::string before = facet.title.empty() ? "" : facet.title + "; ";
    chart.panels.push_back({zoom ? before + "all" : facet.title, panel(facet, *layout.x, colors, whole)});
    if (!zoom) continue;
    const std::string title = before + fmt::format("above {:g} %", trains);
    chart.panels.push_back({title, panel(facet, *layout.x, colors, framed(least, *high, ""))});
  }
  chart.legend_title = layout.rest.color ? layout.rest.color->name : "";
  for (const auto& item : legend_of(facets)) {
    if (layout.rest.color) chart.legend.push_back({item.label, item.color, LegendItem::Mark::point});
  }
  if (!strip.empty()) chart.legend.push_back({strip, "$muted", LegendItem::Mark::cross});
  chart.note = facets.note;
  if (missing > 0)
    chart.note += fmt::format("{}{} missing and not drawn.", chart.note.empty() ? "" : " ", plural(missing, "trial"));
  return chart;
}

BNEXP_CHART("swept_accuracy", 10, swept_accuracy);

}  // namespace
}  // namespace bnexp::report
