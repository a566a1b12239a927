#include "report/chart.h"

#include <fmt/format.h>

#include <algorithm>

namespace bnexp::report {

Value ChartInput::history(const Trial& trial) const {
  if (!trial.record) return {};
  return {trial.record->result.history, "history", trial.id, problems};
}

Value ChartInput::data(const Trial& trial) const {
  if (!trial.record) return {};
  return {trial.record->result.data, "data", trial.id, problems};
}

Value ChartInput::settings(const Trial& trial) const {
  if (!trial.record) return {};
  return {trial.record->settings, "settings", trial.id, problems};
}

Value ChartInput::probe(const Trial& trial, const std::string& name) const {
  if (!trial.record) return {};
  return Value(trial.record->result.probes, "probes", trial.id, problems).find(name);
}

Value ChartInput::resources(const Trial& trial) const {
  if (!trial.record) return {};
  return Value(trial.record->result.timing, "timing", trial.id, problems).find("resources");
}

Registry<ChartEntry>& charts() {
  static Registry<ChartEntry> registry;
  return registry;
}

DrawnCharts draw_charts(const Analysis& analysis) {
  auto names = charts().names();
  std::stable_sort(names.begin(), names.end(), [](const std::string& a, const std::string& b) {
    return charts().find(a)->order < charts().find(b)->order;
  });
  DrawnCharts drawn;
  for (const auto& name : names) {
    analysis::Problems problems;
    auto chart = charts().find(name)->make({analysis, problems});
    for (const auto& text : problems.texts()) {
      drawn.problems.push_back(fmt::format("The chart '{}' leaves out what it can't read: {}.", name, text));
    }
    if (!chart) continue;
    if (chart->panels.empty()) {
      if (!chart->note.empty()) drawn.problems.push_back(fmt::format("The chart '{}' is empty. {}", name, chart->note));
      continue;
    }
    chart->id = name;
    drawn.charts.push_back(std::move(*chart));
  }
  return drawn;
}

}  // namespace bnexp::report
