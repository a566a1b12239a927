// Probe running_stats: how noisy running statistics are, measured against the law. Fed with independent N(0, 1)
// batches, r <- (1 - m) r + m s spreads over channels as sqrt(m / ((2 - m) N) (1 - (1 - m)^2t)) for the mean and
// sqrt(2 / (N - 1) m / (2 - m) (1 - (1 - m)^2t)) for the variance; a cumulative average as 1 / sqrt(N t), and so on.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "report/chart.h"
#include "report/lines.h"
#include "report/words.h"

namespace bnexp::report {
namespace {

struct Law {
  std::vector<double> steps, measured, theory;
};

Law law_of(const Json& law, const std::string& statistic) {
  return {law.at("steps").get<std::vector<double>>(), law.at("std_" + statistic).get<std::vector<double>>(),
          law.at("std_" + statistic + "_theory").get<std::vector<double>>()};
}

std::optional<Chart> running_stats_law(const Results& results) {
  // One law for each momentum and batch size: the first record that holds it, as all seeds measure the same law.
  struct Found {
    const Json* law;
    std::size_t arm;
  };
  std::map<std::pair<Json, Json>, Found> found;
  for (std::size_t i = 0; i < results.arms.size(); ++i) {
    for (const auto& trial : results.arms[i].trials) {
      if (!trial.record || !trial.record->result.probes.contains("running_stats")) continue;
      const Json& probe = trial.record->result.probes.at("running_stats");
      if (!probe.contains("law") || probe.at("law").is_null()) continue;
      const Json& law = probe.at("law");
      found.emplace(std::pair(law.at("momentum"), law.at("batch")), Found{&law, i});
    }
  }
  if (found.empty()) return std::nullopt;
  Chart chart;
  chart.title = "Running statistics against their law";
  chart.caption =
      "Spread over channels (standard deviation) of the running statistics of independent normal batches. Points: "
      "measured; lines: theory.";
  chart.table.header = {"momentum", "batch",      "channels", "std of mean", "theory",
                        "ratio",    "std of var", "theory",   "ratio"};
  std::map<std::pair<Json, Json>, std::string> colors;
  for (const auto& [key, law] : found) {
    const std::string color = fmt::format("$ramp/{}/{}", colors.size(), found.size());
    colors[key] = color;
    const bool one_batch =
        std::all_of(found.begin(), found.end(), [&](const auto& other) { return other.first.second == key.second; });
    const std::string momentum = key.first.is_null() ? "cumulative" : value_text(key.first);
    chart.legend.push_back({one_batch ? momentum : momentum + ", batch " + value_text(key.second), color});
    std::vector<std::string> row{momentum, value_text(key.second), value_text(law.law->at("channels"))};
    for (const char* statistic : {"mean", "var"}) {
      const Law values = law_of(*law.law, statistic);
      if (values.steps.empty()) return std::nullopt;
      row.push_back(significant(values.measured.back(), 3));
      row.push_back(significant(values.theory.back(), 3));
      row.push_back(fixed(values.measured.back() / values.theory.back(), 3));
    }
    chart.table.rows.push_back(row);
  }
  chart.legend_title = "momentum";
  for (const char* statistic : {"mean", "var"}) {
    std::vector<Series> series;
    for (const auto& [key, law] : found) {
      const Law values = law_of(*law.law, statistic);
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
      // As many points as can be told apart from the line they lie on.
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
