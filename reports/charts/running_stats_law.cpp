// Probe running_stats: noise of running statistics, measured and by theory. For independent N(0, 1) batches, r <- (1 -
// m) r + m s has a standard deviation over channels of sqrt(m / ((2 - m) N) (1 - (1 - m)^2t)) for the mean and sqrt(2 /
// (N - 1) m / (2 - m) (1 - (1 - m)^2t)) for the variance; a cumulative average has 1 / sqrt(N t), and so on.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "report/chart.h"
#include "report/lines.h"
#include "report/words.h"

namespace bnexp::report {
namespace {

struct Curve {
  std::vector<double> steps, measured, theory;
};

// Empty if its lists can't be read or differ in length.
Curve curve_of(const Value& law, const std::string& statistic) {
  Curve curve{law["steps"].numbers(), law["std_" + statistic].numbers(), law["std_" + statistic + "_theory"].numbers()};
  const std::size_t n = curve.steps.size();
  return n > 0 && curve.measured.size() == n && curve.theory.size() == n ? curve : Curve{};
}

std::optional<Chart> running_stats_law(const ChartInput& input) {
  // One law per momentum and batch size: from the first record that has it, because all seeds measure the same law.
  struct Law {
    std::size_t arm = 0;
    std::string channels;
    Curve mean, var;
  };
  std::map<std::pair<Json, Json>, Law> found;  // by momentum and batch size
  for (std::size_t i = 0; i < input.arms().size(); ++i) {
    for (const auto& trial : input.arms()[i].trials) {
      const Value law = input.probe(trial, "running_stats").find("law");
      if (!law) continue;
      const Value momentum = law.find("momentum"), batch = law["batch"], channels = law["channels"];
      if (momentum && !momentum.number()) continue;
      if (!batch.number() || !channels.number()) continue;
      Law one{i, value_text(channels.json()), curve_of(law, "mean"), curve_of(law, "var")};
      if (one.mean.steps.empty() || one.var.steps.empty()) continue;
      found.emplace(std::pair(momentum ? momentum.json() : Json(), batch.json()), std::move(one));
    }
  }
  if (found.empty()) return std::nullopt;
  Chart chart;
  chart.title = "Running statistics against their law";
  chart.caption =
      "Spread over channels (standard deviation) of the running statistics of independent normal batches. Points: "
      "measured; lines: theory.";
  chart.table.columns = {text_column("momentum"), {"batch"},  {"channels"}, {"std of mean"}, {"theory"}, {"ratio"},
                         {"std of var"},          {"theory"}, {"ratio"}};
  std::map<std::pair<Json, Json>, std::string> colors;
  for (const auto& [key, law] : found) {
    const std::string color = fmt::format("$ramp/{}/{}", colors.size(), found.size());
    colors[key] = color;
    const bool one_batch =
        std::all_of(found.begin(), found.end(), [&](const auto& other) { return other.first.second == key.second; });
    const std::string momentum = key.first.is_null() ? "cumulative" : value_text(key.first);
    chart.legend.push_back({one_batch ? momentum : momentum + ", batch " + value_text(key.second), color});
    std::vector<Cell> row{text_cell(momentum), text_cell(value_text(key.second)), text_cell(law.channels)};
    for (const Curve* curve : {&law.mean, &law.var}) {
      const double measured = curve->measured.back(), theory = curve->theory.back();
      row.push_back(number_cell(measured, significant(measured, 3)));
      row.push_back(number_cell(theory, significant(theory, 3)));
      row.push_back(number_cell(measured / theory, fixed(measured / theory, 3)));
    }
    chart.table.rows.push_back(row);
  }
  chart.legend_title = "momentum";
  for (const char* statistic : {"mean", "var"}) {
    std::vector<Series> series;
    for (const auto& [key, law] : found) {
      const Curve& values = *statistic == 'm' ? law.mean : law.var;
      Series theory, measured;
      theory.label = measured.label = "momentum " + (key.first.is_null() ? "cumulative" : value_text(key.first));
      theory.label += ", theory";
      measured.label += ", measured";
      theory.color = measured.color = colors[key];
      theory.arm = measured.arm = law.arm;
      measured.style = Series::Style::points;
      for (std::size_t i = 0; i < values.steps.size(); ++i) {
        theory.points.push_back({.x = values.steps[i], .y = values.theory.at(i)});
        measured.points.push_back({.x = values.steps[i], .y = values.measured.at(i)});
      }
      thin(theory.points, 4 * found.size());
      // As many points as can be distinguished from their line.
      thin(measured.points, kMaxPoints / 24);
      series.push_back(std::move(theory));
      series.push_back(std::move(measured));
    }
    const Axes axes{.x_title = "step", .y_title = "standard deviation", .log_x = true, .log_y = true, .height = 260};
    chart.panels.push_back({*statistic == 'm' ? "running mean" : "running variance", line_panel(series, {}, axes)});
  }
  return chart;
}

BNEXP_CHART("running_stats_law", 60, running_stats_law);

}  // namespace
}  // namespace bnexp::report
