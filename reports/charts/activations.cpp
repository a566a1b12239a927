// Probe activations: what reaches each norm and what leaves it, over training (deck slide 6; Ioffe & Szegedy 2015,
// figure 1). drift = (max_t q50 - min_t q50) / mean_t (q85 - q15), averaged over units.
#include <map>
#include <tuple>

#include "report/bands.h"
#include "report/chart.h"
#include "report/lines.h"
#include "report/words.h"

namespace bnexp::report {
namespace {

// Rows: slot, arm, mode, side, drift over seeds.
Table drift_table(const Results& results) {
  Table table{{"slot", "arm", "mode", "side", "drift", "± 95 % CI", "n"}, {}, 4};
  for (const auto& arm : results.arms) {
    std::map<std::tuple<std::string, std::string, std::string>, std::vector<double>> drifts;
    for (const auto& trial : arm.trials) {
      if (!trial.record || !trial.record->result.probes.contains("activations")) continue;
      for (const auto& slot : trial.record->result.probes.at("activations").at("slots")) {
        for (const auto& series : slot.at("series")) {
          if (!series.contains("drift") || !series.at("drift").is_number()) continue;
          drifts[{slot.at("slot"), series.at("mode"), series.at("side")}].push_back(series.at("drift").get<double>());
        }
      }
    }
    for (const auto& [place, values] : drifts) {
      const Estimate drift = estimate(values);
      table.rows.push_back({std::get<0>(place), arm.label, std::get<1>(place), std::get<2>(place), fixed(drift.mean, 3),
                            drift.half ? fixed(*drift.half, 3) : "–", std::to_string(drift.n)});
    }
  }
  return table;
}

std::optional<Chart> activations(const Results& results) {
  BandChart chart;
  chart.title = "Activations around each norm";
  chart.caption =
      "Median of one typical unit over fixed validation images; band: 15th to 85th percentile in train mode. Solid: "
      "train mode; dashed: eval mode.";
  chart.x_title = "step";
  chart.legend.push_back({"eval mode", "$muted", LegendItem::Mark::dashed});
  chart.bands_of = [](const Trial& trial) {
    std::vector<NamedBand> bands;
    const Json& probes = trial.record->result.probes;
    if (!probes.contains("activations")) return bands;
    for (const auto& slot : probes.at("activations").at("slots")) {
      for (const auto& series : slot.at("series")) {
        const bool train = series.at("mode") == "train";
        bands.push_back({slot.at("slot").get<std::string>() + ", " + series.at("side").get<std::string>(),
                         train ? Series::Style::line : Series::Style::dashed, train,
                         band_from(slot.at("steps"), series)});
      }
    }
    return bands;
  };
  auto drawn = band_chart(results, chart);
  if (drawn) drawn->table = drift_table(results);
  return drawn;
}

BNEXP_CHART("activations", 70, activations);

}  // namespace
}  // namespace bnexp::report
