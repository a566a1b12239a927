// Probe activations: the distribution of a typical unit before and after each norm, at the last step recorded.
#include <algorithm>

#include "report/bands.h"
#include "report/chart.h"
#include "report/lines.h"

namespace bnexp::report {
namespace {

std::optional<Chart> activation_densities(const ChartInput& input) {
  BandChart chart;
  chart.title = "Activation densities";
  chart.caption =
      "Density of a typical unit over fixed validation images at the last step recorded, of each arm's "
      "first seed. Solid: train mode; dashed: eval mode.";
  chart.x_title = "activation";
  chart.y_title = "density";
  chart.first_seed_only = true;
  chart.legend.push_back({"eval mode", "$muted", LegendItem::Mark::dashed});
  chart.bands_of = [&](const Trial& trial) {
    std::vector<NamedBand> bands;
    for (const auto& slot : input.probe(trial, "activations")["slots"].items()) {
      const auto densities = slot["densities"].items();
      double last = -1;
      for (const auto& density : densities) last = std::max(last, density["step"].number().value_or(-1));
      for (const auto& density : densities) {
        if (density.find("step").number() != last) continue;
        const auto values = density["density"].numbers();
        const auto low = density["low"].number(), high = density["high"].number();
        const auto name = slot["slot"].text(), side = density["side"].text(), mode = density["mode"].text();
        if (!low || !high || !name || !side || !mode) continue;
        Band band;
        for (std::size_t i = 0; i < values.size(); ++i) {
          const double x = *low + (*high - *low) * (static_cast<double>(i) + 0.5) / static_cast<double>(values.size());
          band.points.push_back({.x = x, .y = values[i]});
        }
        bands.push_back(
            {*name + ", " + *side, *mode == "train" ? Series::Style::line : Series::Style::dashed, false, band});
      }
    }
    return bands;
  };
  return band_chart(input, chart);
}

BNEXP_CHART("activation_densities", 80, activation_densities);

}  // namespace
}  // namespace bnexp::report
