#include "report/chart.h"

#include <fmt/format.h>

#include <algorithm>

namespace bnexp::report {

Registry<ChartEntry>& charts() {
  static Registry<ChartEntry> registry;
  return registry;
}

DrawnCharts draw_charts(const Results& results) {
  auto names = charts().names();
  std::stable_sort(names.begin(), names.end(), [](const std::string& a, const std::string& b) {
    return charts().find(a)->order < charts().find(b)->order;
  });
  DrawnCharts drawn;
  for (const auto& name : names) {
    try {
      auto chart = charts().find(name)->make(results);
      if (!chart || chart->panels.empty()) continue;
      chart->id = name;
      drawn.charts.push_back(std::move(*chart));
    } catch (const Json::exception& error) {
      drawn.problems.push_back(
          fmt::format("The chart '{}' can't be drawn from these records: {}.", name, error.what()));
    }
  }
  return drawn;
}

}  // namespace bnexp::report
