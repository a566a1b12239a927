// Test accuracy over the swept values. Numbers lie on an axis at their true values; names have one row each.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "base/text.h"
#include "report/chart.h"
#include "report/layout.h"
#include "report/sweep_panel.h"
#include "report/words.h"

namespace bnexp::report {
namespace {

struct SweepLayout {
  const Key* x = nullptr;
  Layout rest;
};

// The axis shows names that are too many for colours, else the learning rate, else other numbers. The colour shows the
// key whose levels are compared, unless it has too many.
SweepLayout sweep_layout(const Analysis& analysis) {
  SweepLayout layout;
  const auto x_worth = [&](const Key* k) {
    return std::tuple(!k->ordered && k->levels.size() > kLooks, k == analysis.rate, k->numeric, k->ordered,
                      k->levels.size());
  };
  for (const auto& key : analysis.results.keys) {
    if (layout.x == nullptr || x_worth(&key) > x_worth(layout.x)) layout.x = &key;
  }
  const auto color_worth = [&](const Key* k) {
    return std::tuple(k == analysis.contrasted, !k->numeric, k->levels.size());
  };
  for (const auto& key : analysis.results.keys) {
    if (&key == layout.x || key.levels.size() > kLooks) continue;
    if (layout.rest.color == nullptr || color_worth(&key) > color_worth(layout.rest.color)) layout.rest.color = &key;
  }
  layout.rest.facets = analysis::other_keys(analysis.results, {layout.x, layout.rest.color});
  return layout;
}

// What the trials of all arms reached.
struct Reached {
  std::vector<double> accuracies;   // in percent
  std::vector<Estimate> intervals;  // in percent
  std::set<analysis::Outcome> failures;
  std::size_t missing = 0;

  // The range from `from` to `to`, with room for intervals that extend no further than the trials are apart.
  AccuracyRange range(double from, double to, const std::string& strip) const {
    const double reach = std::max(0.2, to - from);
    double bottom = from, top = to;
    for (const auto& interval : intervals) {
      if (interval.mean < from || interval.mean > to) continue;
      bottom = std::min(bottom, std::max(interval.low(), from - reach));
      top = std::max(top, std::min(interval.high(), to + reach));
    }
    const double margin = std::max(0.05, 0.06 * (top - bottom));
    return {std::max(0.0, bottom - margin), std::min(100.0, top + margin), strip};
  }
  std::string strip() const {
    return failures.empty() ? "" : failures.size() > 1 ? "not ok" : analysis::name_of(*failures.begin());
  }
};

Reached reached_by(const std::vector<Arm>& arms) {
  Reached reached;
  for (const auto& arm : arms) {
    for (const auto& [seed, value] : arm.by_seed("test_accuracy")) reached.accuracies.push_back(100 * value);
    reached.missing += arm.counts[std::nullopt];
    if (arm.test_accuracy.n > 0) reached.intervals.push_back(arm.test_accuracy.scaled(100));
    for (const auto& trial : arm.trials) {
      if (trial.record && !trial.ok()) reached.failures.insert(trial.outcome());
    }
  }
  return reached;
}

Table values_of(const Analysis& analysis) {
  Table table;
  for (const auto& key : analysis.results.keys) table.columns.push_back(text_column(key.name));
  table.columns.push_back({"test accuracy, mean ± 95 % CI", "%"});
  table.columns.push_back(text_column("test accuracy of each seed (%)"));
  table.columns.push_back(text_column("trials"));
  for (const auto& arm : analysis.results.arms) {
    auto& row = table.rows.emplace_back();
    for (const auto& key : analysis.results.keys) row.push_back(text_cell(level_label(&key, key.level_of(arm.values))));
    std::vector<std::string> seeds;
    for (const auto& [seed, value] : arm.by_seed("test_accuracy")) seeds.push_back(fixed(100 * value, 2));
    row.push_back(mean_cell(arm.test_accuracy, 100, 2));
    row.push_back(text_cell(seeds.empty() ? kNoValue : join(seeds, ", ")));
    row.push_back(text_cell(statuses(arm)));
  }
  return table;
}

std::string description(const Analysis& analysis, const SweepLayout& layout, std::size_t panels) {
  std::string text =
      fmt::format("Test accuracy over {} of {}", layout.x->name, plural(analysis.results.arms.size(), "arm"));
  if (layout.rest.color) text += fmt::format(", by {}", layout.rest.color->name);
  if (panels > 1) text += fmt::format(", in {} panels", panels);
  text += ".";
  if (const Arm* best = analysis.best())
    text += fmt::format(" The best arm is {} ({}).", best->label, short_words(*best));
  return text;
}

std::optional<Chart> swept_accuracy(const ChartInput& input) {
  const Analysis& analysis = input.analysis;
  if (analysis.results.keys.empty()) return std::nullopt;
  const Reached reached = reached_by(input.arms());
  if (reached.accuracies.empty()) return std::nullopt;
  const SweepLayout layout = sweep_layout(analysis);

  const auto [low, high] = std::ranges::minmax(reached.accuracies);
  // If some arms fail to learn, differences between the others need their own scale.
  const double trains = 100 * analysis.thresholds.trains;
  double least = high;
  for (const double accuracy : reached.accuracies) least = accuracy > trains ? std::min(least, accuracy) : least;
  const auto trained = std::ranges::count_if(reached.accuracies, [&](double a) { return a > trains; });
  const bool zoom = low < trains - 10 && trained >= 2;
  const Facets facets = facets_of(analysis, layout.rest, zoom ? kMaxPanels / 2 : kMaxPanels);

  std::vector<Look> looks;
  for (std::size_t i = 0; i < facets.shown; ++i) {
    for (const auto& arm : facets.all[i].arms) {
      if (std::ranges::find(looks, arm.look.color, &Look::color) == looks.end()) looks.push_back(arm.look);
    }
  }
  std::ranges::stable_sort(looks, {}, &Look::place);
  const SweepAxis axis = sweep_axis(analysis, *layout.x, looks.size());

  Chart chart;
  chart.title = "Test accuracy over " + layout.x->name;
  chart.caption = "Open marks: trials; filled: mean over ok trials, with its 95 % interval (cut at the frame).";
  if (axis.numeric && looks.size() > 1) chart.caption += " Colours stand side by side at each value.";
  if (axis.sorted) chart.caption += " Rows are sorted by accuracy.";
  if (!axis.is_to_scale())
    chart.caption += fmt::format(" The values of {} are in order, not to scale.", layout.x->name);
  for (std::size_t i = 0; i < facets.shown; ++i) {
    const Facet& facet = facets.all[i];
    const std::string before = facet.title.empty() ? "" : facet.title + "; ";
    chart.panels.push_back({zoom ? before + "all" : facet.title,
                            sweep_panel(facet, axis, looks, reached.range(low, high, reached.strip()))});
    if (!zoom) continue;
    chart.panels.push_back({before + fmt::format("above {:g} %", trains),
                            sweep_panel(facet, axis, looks, reached.range(least, high, ""))});
  }
  chart.legend = legend_of(facets, LegendItem::Mark::point);
  chart.legend_title = chart.legend.empty() ? "" : layout.rest.color->name;
  if (!reached.failures.empty()) {
    chart.legend.push_back({reached.strip(), muted_look(), LegendItem::Mark::cross});
  }
  std::vector<std::string> notes;
  if (!facets.note.empty()) notes.push_back(facets.note);
  if (reached.missing > 0) notes.push_back(fmt::format("{} missing and not drawn.", plural(reached.missing, "trial")));
  chart.note = join(notes, " ");
  chart.data = values_of(analysis);
  chart.description = description(analysis, layout, chart.panels.size());
  return chart;
}

BNEXP_CHART("swept_accuracy", 10, swept_accuracy);

}  // namespace
}  // namespace bnexp::report
