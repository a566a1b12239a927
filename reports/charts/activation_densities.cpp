// Probe activations: the distribution of a typical unit before and after each norm, at the last step recorded.
#include <algorithm>

#include "report/bands.h"
#include "report/chart.h"
#include "report/lines.h"

namespace bnexp::report {
namespace {

std::optional<Chart> activation_densities(const Results& results) {
  BandChart chart;
  chart.title = "Activation densities";
  chart.caption =
      "Density of a typical unit over fixed validation images at the last step recorded, of each arm's "
      "first seed. Solid: train mode; dashed: eval mode.";
  chart.x_title = "activation";
  chart.y_title = "density";
  chart.first_seed_only = true;
  chart.legend.push_back({"eval mode", "$muted", LegendItem::Mark::dashed});
  chart.bands_of = [](const Trial& trial) {
    std::vector<NamedBand> bands;
    const Json& probes = trial.record->result.probes;
    if (!probes.contains("activations")) return bands;
    for (const auto& slot : probes.at("activations").at("slots")) {
      double last = -1;
      for (const auto& density : slot.at("densities")) last = std::max(last, density.at("step").get<double>());
      for (const auto& density : slot.at("densities")) {
        if (density.at("step").get<double>() != last) continue;
        const auto values = density.at("density").get<std::vector<double>>();
        const double low = density.at("low").get<double>(), high = density.at("high").get<double>();
        Band band;
        for (std::size_t i = 0; i < values.size(); ++i) {
          const double x = low + (high - low) * (static_cast<double>(i) + 0.5) / static_cast<double>(values.size());
          band.points.push_back({.x = x, .y = values[i]});
        }
        bands.push_back({slot.at("slot").get<std::string>() + ", " + density.at("side").get<std::string>(),
                         density.at("mode") == "train" ? Series::Style::line : Series::Style::dashed, false, band});
      }
    }
    return bands;
  };
  return band_chart(results, chart);
}

BNEXP_CHART("activation_densities", 80, activation_densities);

}  // namespace
}  // namespace bnexp::report
