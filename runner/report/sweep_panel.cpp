#include "report/sweep_panel.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <map>
#include <numeric>
#include <utility>

#include "report/lines.h"
#include "report/rows.h"
#include "report/words.h"

namespace bnexp::report {
namespace {

// The best mean accuracy of each level's arms; lowest for a level without an ok trial.
std::vector<double> level_accuracies(const Analysis& analysis, const Key& key) {
  std::vector<double> best(key.levels.size() + 1, -std::numeric_limits<double>::infinity());
  for (const auto& arm : analysis.results.arms) {
    double& level = best[key.level_of(arm.values)];
    if (arm.test_accuracy.n > 0) level = std::max(level, arm.test_accuracy.mean);
  }
  return best;
}

// The value axis, with the strip below the floor.
class ValueAxis {
 public:
  ValueAxis(AccuracyRange range, bool horizontal) : range_(std::move(range)), horizontal_(horizontal) {}

  const AccuracyRange& range() const { return range_; }
  bool strip() const { return !range_.strip.empty(); }
  // In the strip; share from 0 to 1.
  double in_strip(double share) const { return bottom() + (0.05 + 0.8 * share) * (range_.floor - bottom()); }

  Json channel(const char* field) const {
    Json axis{{"title", "test accuracy (%)"},
              {"format", ".5~g"},
              {"labelOverlap", false},
              {"grid", true},
              {"tickCount", kAllTicks}};
    axis["values"] = Json::array();
    const double first = range_.floor + (horizontal_ && strip() ? 0.12 * height() : 0);
    for (const double tick : even_ticks(range_.floor, range_.ceiling, horizontal_ ? 4 : 6)) {
      if (tick >= first) axis["values"].push_back(tick);
    }
    if (strip()) {
      // The axis has a label for the strip, without a grid line.
      const std::string inside = fmt::format("datum.value < {}", rounded(range_.floor - 0.01 * height()));
      axis["values"].push_back(rounded(in_strip(0.5)));
      axis["labelExpr"] = fmt::format("{} ? '{}' : format(datum.value, '.5~g')", inside, range_.strip);
      axis["gridOpacity"] = {{"condition", {{"test", inside}, {"value", 0}}}, {"value", 1}};
    }
    const Json scale{{"domain", {rounded(bottom()), rounded(range_.ceiling)}}, {"nice", false}, {"zero", false}};
    return {{"field", field}, {"type", "quantitative"}, {"scale", scale}, {"axis", axis}};
  }

 private:
  double height() const { return range_.ceiling - range_.floor; }
  // A horizontal strip has room for its label.
  double bottom() const { return strip() ? range_.floor - (horizontal_ ? 0.3 : 0.16) * height() : range_.floor; }

  AccuracyRange range_;
  bool horizontal_;
};

struct SweepRows {
  Json points = Json::array();
  Json means = Json::array();
  Json failures = Json::array();
};

bool failed(const Trial& trial) { return trial.record != nullptr && !trial.ok(); }

Json failure_row(Json row, const Trial& trial, double y) {
  row["y"] = rounded(y);
  const auto& failure = trial.record->result.failure;
  row["f"] = failure && failure->step ? fmt::format("{} at step {}", analysis::name_of(trial.outcome()), *failure->step)
                                      : analysis::name_of(trial.outcome());
  return row;
}

SweepRows sweep_rows(const Facet& facet, const SweepAxis& axis, const std::vector<Look>& looks,
                     const ValueAxis& values) {
  SweepRows rows;
  std::map<std::size_t, std::size_t> stacked, at_level;
  for (const auto& colored : facet.arms) {
    at_level[axis.key->level_of(colored.arm->values)] +=
        static_cast<std::size_t>(std::ranges::count_if(colored.arm->trials, failed));
  }
  const double floor = values.range().floor;
  for (const auto& colored : facet.arms) {
    const std::size_t level = axis.key->level_of(colored.arm->values);
    if (level == axis.key->levels.size()) continue;
    const auto color =
        static_cast<std::size_t>(std::ranges::find(looks, colored.look.color, &Look::color) - looks.begin());
    Json base{{"v", level_label(axis.key, level)}, {"s", color}, {"l", colored.arm->label}};
    if (axis.numeric) base["x"] = axis.numeric->place(level, color);
    for (const auto& trial : colored.arm->trials) {
      Json row = base;
      row["t"] = trial.id;
      row["seed"] = trial.seed;
      if (const auto accuracy = trial.metric("test_accuracy")) {
        row["y"] = rounded(100 * *accuracy);
        if (100 * *accuracy >= floor) rows.points.push_back(std::move(row));
      } else if (values.strip() && failed(trial)) {
        const double place = (static_cast<double>(stacked[level]++) + 0.5) / static_cast<double>(at_level[level]);
        rows.failures.push_back(failure_row(std::move(row), trial, values.in_strip(place)));
      }
    }
    const Estimate& mean = colored.arm->test_accuracy;
    if (mean.n == 0 || 100 * mean.mean < floor) continue;
    Json row = base;
    row["a"] = colored.index;
    row["y"] = rounded(100 * mean.mean);
    row["lo"] = rounded(std::max(floor, 100 * mean.low()));
    row["hi"] = rounded(std::min(values.range().ceiling, 100 * mean.high()));
    row["w"] = accuracy(mean);
    row["ok"] = fmt::format("{} of {} ok", colored.arm->ok(), colored.arm->trials.size());
    rows.means.push_back(std::move(row));
  }
  return rows;
}

Json level_channel(const SweepAxis& axis) {
  if (axis.rows) return rows_channel("v", axis.labels());
  if (axis.numeric) return axis.numeric->channel("x", axis.key->name);
  const auto labels = axis.labels();
  const double gap = kFrameWidth / static_cast<double>(labels.size());
  return {{"field", "v"},
          {"type", "ordinal"},
          {"scale", {{"domain", labels}, {"paddingInner", 0.7}, {"paddingOuter", 0.35}}},
          {"axis",
           {{"title", axis.key->name + (axis.is_to_scale() ? "" : " (not to scale)")},
            {"labelAngle", label_angle(labels, gap)},
            {"labelOverlap", false}}}};
}

Json text_tip(const char* field, const std::string& title) {
  return {{"field", field}, {"type", "nominal"}, {"title", title}};
}

}  // namespace

std::vector<std::string> SweepAxis::labels() const {
  std::vector<std::string> labels;
  for (const std::size_t level : levels) labels.push_back(level_label(key, level));
  return labels;
}

bool SweepAxis::is_to_scale() const { return numeric.has_value() || !key->ordered; }

SweepAxis sweep_axis(const Analysis& analysis, const Key& key, std::size_t colors) {
  SweepAxis axis{&key, std::vector<std::size_t>(key.levels.size()), std::nullopt};
  std::iota(axis.levels.begin(), axis.levels.end(), 0);
  if (key.numeric) {
    std::vector<double> values;
    for (const auto& level : key.levels) values.push_back(level.get<double>());
    LevelAxis numeric(std::move(values), key.logarithmic, colors);
    if (numeric.labelled()) axis.numeric = std::move(numeric);
  }
  const double gap = kFrameWidth / static_cast<double>(key.levels.size());
  axis.rows = !axis.numeric && (!key.ordered || label_angle(axis.labels(), gap) == 90);
  axis.sorted = axis.rows && !key.ordered && key.levels.size() > kLooks;
  if (axis.sorted) {
    const auto accuracies = level_accuracies(analysis, key);
    std::ranges::stable_sort(axis.levels, std::greater{}, [&](std::size_t level) { return accuracies[level]; });
  }
  return axis;
}

Json sweep_panel(const Facet& facet, const SweepAxis& axis, const std::vector<Look>& looks,
                 const AccuracyRange& range) {
  const ValueAxis values(range, axis.rows);
  const SweepRows rows = sweep_rows(facet, axis, looks, values);
  const char* along = axis.rows ? "y" : "x";
  const char* across = axis.rows ? "x" : "y";
  Json encoding{{along, level_channel(axis)}, {across, values.channel("y")}, {"color", color_channel("s", looks)}};
  if (!axis.numeric && looks.size() > 1) {
    Json places(looks.size(), nullptr);
    std::iota(places.begin(), places.end(), 0);
    encoding[std::string(along) + "Offset"] = {
        {"field", "s"}, {"type", "nominal"}, {"scale", {{"domain", std::move(places)}}}};
  }
  Json shaped = encoding, interval = encoding, joined = encoding;
  shaped["shape"] = shape_channel("s", looks);
  interval[across] = values.channel("lo");
  interval[std::string(across) + "2"] = {{"field", "hi"}};
  joined["strokeDash"] = dash_channel("s", looks);
  const auto layer = [](const Json& data, Json mark, Json channels, const Json& tooltip = nullptr) {
    if (!tooltip.is_null()) channels["tooltip"] = tooltip;
    return Json{{"data", {{"values", data}}}, {"mark", std::move(mark)}, {"encoding", std::move(channels)}};
  };
  Json layers = Json::array();
  if (values.strip()) {
    const Json at_floor = Json::object({{"y", rounded(range.floor)}});
    Json edge;
    edge[across] = {{"field", "y"}, {"type", "quantitative"}};
    layers.push_back(layer(Json::array({at_floor}), {{"type", "rule"}, {"color", "$muted"}, {"strokeDash", {2, 3}}},
                           std::move(edge)));
  }
  if (!axis.rows) layers.push_back(layer(rows.means, {{"type", "line"}, {"strokeWidth", 1.5}}, std::move(joined)));
  layers.push_back(layer(rows.means, {{"type", "rule"}, {"strokeWidth", 1.5}}, std::move(interval)));
  const Json trial_tip{text_tip("l", "arm"),
                       text_tip("seed", "seed"),
                       {{"field", "y"}, {"type", "quantitative"}, {"title", "test accuracy (%)"}, {"format", ".2f"}}};
  layers.push_back(
      layer(rows.points, {{"type", "point"}, {"filled", false}, {"size", 34}, {"opacity", 0.75}}, shaped, trial_tip));
  layers.push_back(layer(rows.means, {{"type", "point"}, {"filled", true}, {"size", 60}, {"opacity", 1}}, shaped,
                         {text_tip("l", "arm"), text_tip("w", "mean ± 95 % CI (%)"), text_tip("ok", "trials")}));
  if (!rows.failures.empty()) {
    layers.push_back(layer(rows.failures, cross_mark(), encoding,
                           {text_tip("l", "arm"), text_tip("seed", "seed"), text_tip("f", "ended")}));
  }
  const int height = axis.rows ? row_height(axis.labels(), looks.size()) * static_cast<int>(axis.levels.size()) : 260;
  return {{"width", "container"}, {"height", height}, {"layer", layers}};
}

}  // namespace bnexp::report
