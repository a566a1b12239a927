// Probe activations: the distribution of a typical unit before and after each norm, at the last step recorded. A unit
// whose output is the same for every image has no density; such units are counted instead.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>

#include "base/text.h"
#include "report/bands.h"
#include "report/chart.h"
#include "report/density.h"
#include "report/layout.h"
#include "report/lines.h"
#include "report/words.h"

namespace bnexp::report {
namespace {

constexpr std::size_t kNamedUnits = 6;  // as many dead units the note names

struct Distribution {
  const ColoredArm* arm = nullptr;
  std::int64_t seed = 0;
  std::string place;  // "norm1, before"
  bool train = true;
  Histogram histogram;
};

// Those of the arm's first seed that has any.
std::vector<Distribution> distributions_of(const ChartInput& input, const ColoredArm& arm) {
  std::vector<Distribution> found;
  for (const Trial* trial : representative_trials(*arm.arm)) {
    for (const auto& slot : input.probe(*trial, "activations")["slots"].items()) {
      const auto densities = slot["densities"].items();
      double last = -1;
      for (const auto& density : densities) last = std::max(last, density["step"].number().value_or(-1));
      for (const auto& density : densities) {
        if (density.find("step").number() != last) continue;
        const auto name = slot["slot"].text(), side = density["side"].text(), mode = density["mode"].text();
        const auto low = density["low"].number(), high = density["high"].number();
        if (!low || !high || !name || !side || !mode) continue;
        auto values = histogram(*low, *high, density["density"].numbers());
        if (!values) continue;
        found.push_back({&arm, trial->seed, *name + ", " + *side, *mode == "train", std::move(*values)});
      }
    }
    if (!found.empty()) break;
  }
  return found;
}

// The distributions of one place and facet.
struct DensityFrame {
  std::string place;
  const Facet* facet = nullptr;
  std::vector<Distribution> distributions;
};

std::vector<DensityFrame> frames_of(const ChartInput& input, const Facets& facets) {
  std::vector<DensityFrame> frames;
  std::vector<std::string> places;  // in the order in which the records name them
  for (const auto& facet : facets.all) {
    for (const auto& arm : facet.arms) {
      for (auto& one : distributions_of(input, arm)) {
        const auto same = [&](const DensityFrame& frame) { return frame.place == one.place && frame.facet == &facet; };
        auto frame = std::ranges::find_if(frames, same);
        if (frame == frames.end()) frame = frames.insert(frames.end(), {one.place, &facet, {}});
        if (std::ranges::find(places, one.place) == places.end()) places.push_back(one.place);
        frame->distributions.push_back(std::move(one));
      }
    }
  }
  std::ranges::stable_sort(frames, {},
                           [&](const DensityFrame& frame) { return std::ranges::find(places, frame.place); });
  return frames;
}

// A place of a seed counts as one unit in both modes.
std::string dead_units(const std::vector<DensityFrame>& frames) {
  std::set<std::string> units;
  std::vector<std::string> dead;
  for (const auto& frame : frames) {
    for (const auto& one : frame.distributions) {
      const std::string name = fmt::format("{} ({})", one.place, one.arm->arm->label);
      units.insert(name);
      if (one.histogram.constant() && std::ranges::find(dead, name) == dead.end()) dead.push_back(name);
    }
  }
  if (dead.empty()) return "";
  const std::size_t count = dead.size();
  dead.resize(std::min(count, kNamedUnits));
  return fmt::format("{} of {} {} the same output for every image, so {} no density: {}{}.", count,
                     plural(units.size(), "unit"), count == 1 ? "has" : "have", count == 1 ? "it has" : "they have",
                     join(dead, "; "), count > kNamedUnits ? fmt::format("; and {} more", count - kNamedUnits) : "");
}

Table quantiles_of(const std::vector<DensityFrame>& frames) {
  Table table;
  table.columns = {text_column("place"), text_column("arm"), text_column("mode"), {"seed"},
                   {"5th percentile"},   {"median"},         {"95th percentile"}};
  for (const auto& frame : frames) {
    for (const auto& one : frame.distributions) {
      auto& row = table.rows.emplace_back(std::vector<Cell>{
          text_cell(one.place), text_cell(one.arm->arm->label), text_cell(one.train ? "train" : "eval"),
          number_cell(static_cast<double>(one.seed), std::to_string(one.seed))});
      for (const double p : {0.05, 0.5, 0.95}) {
        const double value = one.histogram.quantile(p);
        row.push_back(number_cell(value, significant(value, 4)));
      }
    }
  }
  return table;
}

Panel panel_of(const DensityFrame& frame, const Facets& facets, std::size_t& cut) {
  std::vector<Histogram> alive;
  for (const auto& one : frame.distributions) {
    if (!one.histogram.constant()) alive.push_back(one.histogram);
  }
  const auto range = density_range(alive);
  std::vector<Series> series;
  for (const auto& one : frame.distributions) {
    if (one.histogram.constant()) continue;
    const bool inside = one.histogram.quantile(0.01) >= range.first && one.histogram.quantile(0.99) <= range.second;
    cut += inside ? 0 : 1;
    Series line;
    line.label = one.arm->arm->label + (one.train ? "" : ", eval mode");
    line.look = one.arm->look;
    line.style = one.train ? Series::Style::line : Series::Style::thin;
    line.arm = one.arm->index;
    line.points = kernel_density(one.histogram, range);
    series.push_back(std::move(line));
  }
  const Axes axes{.x_title = "activation", .y_title = "density", .x_domain = range, .height = 190};
  const std::string title = frame.facet->title.empty() ? frame.place : frame.place + "; " + frame.facet->title;
  return {title, line_panel(series, {}, axes), legend_of(facets, *frame.facet, LegendItem::Mark::line)};
}

std::optional<Chart> activation_densities(const ChartInput& input) {
  const Layout layout = curve_layout(input.analysis);
  const Facets facets = facets_of(input.analysis, layout, std::numeric_limits<std::size_t>::max());
  const auto frames = frames_of(input, facets);
  if (frames.empty()) return std::nullopt;
  Chart chart;
  chart.title = "Activation densities";
  chart.caption =
      "Density of a typical unit over fixed validation images at the last step recorded, of each arm's first seed: a "
      "smoothed histogram. The axis shows the central 98 % of the values. Thick lines: train mode; thin: eval mode.";
  const auto all_dead = [](const DensityFrame& frame) {
    return std::ranges::all_of(frame.distributions, [](const Distribution& one) { return one.histogram.constant(); });
  };
  std::size_t cut = 0, drawable = 0;
  for (const auto& frame : frames) {
    if (all_dead(frame)) continue;
    if (drawable++ < kMaxPanels) chart.panels.push_back(panel_of(frame, facets, cut));
  }
  std::vector<std::string> notes;
  const std::string dead = dead_units(frames);
  if (!dead.empty()) notes.push_back(dead);
  if (cut > 0)
    notes.push_back(fmt::format("{} much wider than the others and cut at the frame.",
                                cut == 1 ? "1 density is" : fmt::format("{} densities are", cut)));
  if (const std::string left = panels_note(chart.panels.size(), drawable); !left.empty()) notes.push_back(left);
  chart.note = join(notes, " ");
  chart.legend = legend_of(facets, LegendItem::Mark::line);
  chart.legend_title = chart.legend.empty() ? "" : layout.color->name;
  chart.legend.push_back({"eval mode", muted_look(), LegendItem::Mark::thin});
  chart.data = quantiles_of(frames);
  chart.description = fmt::format("Density over activation, before and after each norm, in {}. {}",
                                  plural(drawable, "panel"), dead.empty() ? "Every unit varies between images." : dead);
  return chart;
}

BNEXP_CHART("activation_densities", 80, activation_densities);

}  // namespace
}  // namespace bnexp::report
