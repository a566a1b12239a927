// Probe activations: inputs and outputs of each norm over training (slide 6; Ioffe & Szegedy 2015, figure 1). drift =
// (max_t q50 - min_t q50) / mean_t (q85 - q15), averaged over units.
#include <map>
#include <tuple>

#include "report/bands.h"
#include "report/chart.h"
#include "report/lines.h"

namespace bnexp::report {
namespace {

// Rows: slot, arm, mode, side, drift over ok trials: the others were not followed to the end.
Table drift_table(const ChartInput& input) {
  Table table;
  table.columns = {text_column("slot"), text_column("arm"),   text_column("mode"),
                   text_column("side"), {"drift, ± 95 % CI"}, {"n"}};
  for (const auto& arm : input.arms()) {
    std::map<std::tuple<std::string, std::string, std::string>, std::vector<double>> drifts;
    for (const auto& trial : arm.trials) {
      for (const auto& slot : input.probe(trial, "activations")["slots"].items()) {
        for (const auto& series : slot["series"].items()) {
          const auto name = slot["slot"].text(), mode = series["mode"].text(), side = series["side"].text();
          const auto drift = series.find("drift").number();
          if (!name || !mode || !side) continue;
          std::vector<double>& values = drifts[{*name, *mode, *side}];
          if (trial.ok() && drift) values.push_back(*drift);
        }
      }
    }
    for (const auto& [place, values] : drifts) {
      const Estimate drift = stats::estimate(values);
      const auto& [slot, mode, side] = place;
      table.rows.push_back({text_cell(slot), text_cell(arm.label), text_cell(mode), text_cell(side),
                            mean_cell(drift, 1, 3), count_cell(drift.n)});
    }
  }
  return table;
}

std::optional<Chart> activations(const ChartInput& input) {
  BandChart chart;
  chart.title = "Activations around each norm";
  chart.caption =
      "Median of one typical unit over fixed validation images; band: 15th to 85th percentile in train mode. Thin "
      "lines: eval mode. Drift in the table: how far a unit's median moves during training, in widths of its band, "
      "averaged over units and ok trials; \u2013 where no trial ended ok.";
  chart.x_title = "step";
  chart.thin_label = "eval mode";
  chart.description = "Median activation of one unit before and after each norm";
  chart.bands_of = [&](const Trial& trial) {
    std::vector<NamedBand> bands;
    for (const auto& slot : input.probe(trial, "activations")["slots"].items()) {
      for (const auto& series : slot["series"].items()) {
        const auto name = slot["slot"].text(), side = series["side"].text(), mode = series["mode"].text();
        if (!name || !side || !mode) continue;
        const bool train = *mode == "train";
        bands.push_back({*name + ", " + *side, train ? Series::Style::line : Series::Style::thin, train,
                         band_from(slot["steps"], series)});
      }
    }
    return bands;
  };
  auto drawn = band_chart(input, chart);
  if (drawn) drawn->table = drift_table(input);
  return drawn;
}

BNEXP_CHART("activations", 70, activations);

}  // namespace
}  // namespace bnexp::report
