// What tests read from a chart's Vega-Lite.
#pragma once

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include "analysis/sample.h"
#include "report/chart.h"

namespace bnexp::test {

inline report::DrawnCharts drawn(const sample::Store& store) {
  return report::draw_charts(analysis::analyze(analysis::gather(store.manifest, store.records)));
}

inline const report::Chart* find(const report::DrawnCharts& charts, const std::string& id) {
  const auto found = std::ranges::find(charts.charts, id, &report::Chart::id);
  return found == charts.charts.end() ? nullptr : &*found;
}

// Every datum with a field `name` anywhere in the spec.
inline std::vector<Json> data_with(const Json& spec, const std::string& name) {
  std::vector<Json> found;
  if (spec.contains("data")) {
    for (const auto& datum : spec.at("data").at("values")) {
      if (datum.contains(name)) found.push_back(datum);
    }
  }
  if (spec.contains("layer")) {
    for (const auto& layer : spec.at("layer")) {
      const auto inner = data_with(layer, name);
      found.insert(found.end(), inner.begin(), inner.end());
    }
  }
  return found;
}

inline std::size_t row_count(const Json& spec) {
  std::size_t count = spec.contains("data") ? spec.at("data").at("values").size() : 0;
  if (spec.contains("layer")) {
    for (const auto& layer : spec.at("layer")) count += row_count(layer);
  }
  return count;
}

// A channel of the first layer that has it.
inline const Json& channel(const Json& spec, const std::string& name) {
  for (const auto& layer : spec.at("layer")) {
    if (layer.at("encoding").contains(name) && layer.at("encoding").at(name).contains("scale")) {
      return layer.at("encoding").at(name);
    }
  }
  throw std::out_of_range("no layer has the channel " + name);
}

}  // namespace bnexp::test
