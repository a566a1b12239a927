// Probe running_stats: the running mean and variance of every norm layer over training (slide 5).
#include "report/bands.h"
#include "report/chart.h"
#include "report/lines.h"

namespace bnexp::report {
namespace {

std::optional<Chart> running_stats(const ChartInput& input) {
  BandChart chart;
  chart.title = "Running statistics by layer";
  chart.caption = "Median over channels of what each norm keeps for evaluation; band: 15th to 85th percentile.";
  chart.x_title = "step";
  chart.description = "Median over channels of each norm's running mean and variance";
  chart.bands_of = [&](const Trial& trial) {
    std::vector<NamedBand> bands;
    for (const auto& layer : input.probe(trial, "running_stats")["layers"].items()) {
      const auto name = layer["layer"].text();
      if (!name) continue;
      for (const char* statistic : {"mean", "var"}) {
        bands.push_back({*name + (*statistic == 'm' ? ", running mean" : ", running variance"), Series::Style::line,
                         true, band_from(layer["steps"], layer[statistic])});
      }
    }
    return bands;
  };
  return band_chart(input, chart);
}

BNEXP_CHART("running_stats", 50, running_stats);

}  // namespace
}  // namespace bnexp::report
