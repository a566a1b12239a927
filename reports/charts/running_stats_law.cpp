// Probe running_stats: noise of running statistics, measured and by theory. For independent N(0, 1) batches, r <- (1 -
// m) r + m s has a standard deviation over channels of sqrt(m / ((2 - m) N) (1 - (1 - m)^2t)) for the mean and sqrt(2 /
// (N - 1) m / (2 - m) (1 - (1 - m)^2t)) for the variance; a cumulative average has 1 / sqrt(N t), and so on.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "report/chart.h"
#include "report/line_table.h"
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

struct Law {
  Json momentum;  // null: a cumulative average
  Json batch;
  std::size_t arm = 0;
  std::string channels;
  Curve mean, var;

  const Curve& of(const std::string& statistic) const { return statistic == "mean" ? mean : var; }
};

std::string momentum_text(const Json& momentum) { return momentum.is_null() ? "cumulative" : value_text(momentum); }

// One law per momentum and batch size: from the first record that has it, because all seeds measure the same law.
std::vector<Law> laws_of(const ChartInput& input) {
  std::map<std::pair<Json, Json>, Law> found;  // by momentum and batch size
  for (std::size_t i = 0; i < input.arms().size(); ++i) {
    for (const auto& trial : input.arms()[i].trials) {
      const Value law = input.probe(trial, "running_stats").find("law");
      if (!law) continue;
      const Value momentum = law.find("momentum"), batch = law["batch"], channels = law["channels"];
      if (momentum && !momentum.number()) continue;
      if (!batch.number() || !channels.number()) continue;
      Law one{momentum ? momentum.json() : Json(), batch.json(),          i,
              value_text(channels.json()),         curve_of(law, "mean"), curve_of(law, "var")};
      if (one.mean.steps.empty() || one.var.steps.empty()) continue;
      const std::pair place(one.momentum, one.batch);
      found.emplace(place, std::move(one));
    }
  }
  std::vector<Law> laws;
  for (auto& [place, law] : found) laws.push_back(std::move(law));
  return laws;
}

Table ends_of(const std::vector<Law>& laws) {
  Table table;
  table.columns = {text_column("momentum"), {"batch"},  {"channels"}, {"std of mean"}, {"theory"}, {"ratio"},
                   {"std of var"},          {"theory"}, {"ratio"}};
  for (const auto& law : laws) {
    std::vector<Cell> row{text_cell(momentum_text(law.momentum)), text_cell(value_text(law.batch)),
                          text_cell(law.channels)};
    for (const Curve* curve : {&law.mean, &law.var}) {
      const double measured = curve->measured.back(), theory = curve->theory.back();
      row.push_back(number_cell(measured, significant(measured, 3)));
      row.push_back(number_cell(theory, significant(theory, 3)));
      row.push_back(number_cell(measured / theory, fixed(measured / theory, 3)));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::vector<Point> points_of(const std::vector<double>& x, const std::vector<double>& y) {
  std::vector<Point> points;
  for (std::size_t i = 0; i < x.size(); ++i) points.push_back({.x = x[i], .y = y[i]});
  return points;
}

Table values_in(const std::vector<Law>& laws) {
  std::vector<TableLine> lines;
  for (const char* statistic : {"mean", "var"}) {
    for (const auto& law : laws) {
      const Curve& curve = law.of(statistic);
      for (const bool theory : {false, true}) {
        lines.push_back(
            {{statistic, momentum_text(law.momentum), value_text(law.batch), theory ? "theory" : "measured"},
             curve.steps,
             theory ? curve.theory : curve.measured,
             1});
      }
    }
  }
  return line_table({"statistic", "momentum", "batch", "source"}, lines, "step");
}

// The momentums that share a frame, and their looks.
using Page = std::map<Json, Look>;

std::vector<Page> pages_of(const std::vector<Law>& laws) {
  std::vector<Json> momentums;
  for (const auto& law : laws) {
    if (momentums.empty() || momentums.back() != law.momentum) momentums.push_back(law.momentum);
  }
  const std::size_t count = (momentums.size() + kLooks - 1) / kLooks;
  std::vector<Page> pages;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t from = i * momentums.size() / count, to = (i + 1) * momentums.size() / count;
    Page& page = pages.emplace_back();
    for (std::size_t j = from; j < to; ++j) page[momentums[j]] = ramp_look(j - from, to - from);
  }
  return pages;
}

std::vector<LegendItem> legend_of(const Page& page) {
  std::vector<LegendItem> legend;
  for (const auto& [momentum, look] : page) legend.push_back({momentum_text(momentum), look});
  return legend;
}

std::vector<Series> series_of(const std::vector<Law>& laws, const Json& batch, const Page& page,
                              const std::string& statistic) {
  std::vector<Series> series;
  for (const auto& law : laws) {
    const auto look = page.find(law.momentum);
    if (law.batch != batch || look == page.end()) continue;
    const Curve& curve = law.of(statistic);
    Series theory, measured;
    theory.label = measured.label = "momentum " + momentum_text(law.momentum);
    theory.label += ", theory";
    measured.label += ", measured";
    theory.look = measured.look = look->second;
    theory.arm = measured.arm = law.arm;
    measured.style = Series::Style::points;
    theory.points = points_of(curve.steps, curve.theory);
    measured.points = points_of(curve.steps, curve.measured);
    thin(theory.points, 4 * laws.size());
    // As many points as can be distinguished from their line.
    thin(measured.points, kMaxPoints / 24);
    series.push_back(std::move(theory));
    series.push_back(std::move(measured));
  }
  return series;
}

std::optional<Chart> running_stats_law(const ChartInput& input) {
  const auto laws = laws_of(input);
  if (laws.empty()) return std::nullopt;
  Chart chart;
  chart.title = "Running statistics against their law";
  chart.caption =
      "Spread over channels (standard deviation) of the running statistics of independent normal batches. Points: "
      "measured; lines: theory.";
  chart.table = ends_of(laws);
  chart.data = values_in(laws);
  const auto pages = pages_of(laws);
  std::set<Json> batches;
  for (const auto& law : laws) batches.insert(law.batch);
  for (const auto& batch : batches) {
    for (const auto& page : pages) {
      for (const std::string statistic : {"mean", "var"}) {
        const auto series = series_of(laws, batch, page, statistic);
        if (series.empty()) continue;
        const Axes axes{
            .x_title = "step", .y_title = "standard deviation", .log_x = true, .log_y = true, .height = 260};
        std::string title = statistic == "mean" ? "running mean" : "running variance";
        if (batches.size() > 1) title += ", batch " + value_text(batch);
        chart.panels.push_back(
            {title, line_panel(series, {}, axes), pages.size() > 1 ? legend_of(page) : std::vector<LegendItem>{}});
      }
    }
  }
  if (pages.size() == 1) chart.legend = legend_of(pages[0]);
  chart.legend_title = "momentum";
  double worst = 0;
  for (const auto& row : chart.table.rows) {
    for (const std::size_t ratio : {5, 8}) worst = std::max(worst, std::abs(row[ratio].value.value_or(1) - 1));
  }
  chart.description = fmt::format(
      "Standard deviation over step, both on logarithmic axes, for {}: points measured, lines by theory. At the last "
      "step, measured and theory differ by at most {} %.",
      laws.size() == 1 ? "one momentum and batch size"
                       : fmt::format("{} combinations of momentum and batch size", laws.size()),
      significant(100 * worst, 2));
  return chart;
}

BNEXP_CHART("running_stats_law", 60, running_stats_law);

}  // namespace
}  // namespace bnexp::report
