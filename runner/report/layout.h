// Arrangement of a suite's arms in a chart: which swept key sets the colour, which the panel.
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "report/chart.h"

namespace bnexp::report {

inline constexpr std::size_t kMaxPanels = 24;

struct Layout {
  const Key* color = nullptr;      // null: nothing is swept
  std::vector<const Key*> facets;  // the rest
};

// The colour shows the key whose levels are compared, so that they share a frame at equal other settings.
Layout curve_layout(const Analysis& analysis);

std::string level_label(const Key* key, std::size_t level);

// An arm as it is drawn in one frame.
struct ColoredArm {
  const Arm* arm = nullptr;
  std::size_t index = 0;  // in Results::arms
  std::size_t level = 0;  // of the key of the colour
  std::string label;      // of the level
  Look look;
};

// The arms of one combination of the other keys. More than kLooks levels share several frames, ordered levels in their
// order, others from the best to the worst.
struct Facet {
  std::string title;
  std::vector<ColoredArm> arms;
  std::size_t combination = 0;  // of the other keys
};

struct Facets {
  std::vector<Facet> all;
  std::size_t shown = 0;                               // the first of `all` that are drawn
  std::vector<std::vector<std::size_t>> combinations;  // the arms of each, in Results::arms
  bool shared_legend = true;                           // a colour means the same level in every frame
  std::string note;                                    // names the frames that are not drawn; may be empty
};

// In the order of the levels; if there are more than `limit`, those with the most accurate arms first.
Facets facets_of(const Analysis& analysis, const Layout& layout, std::size_t limit = kMaxPanels);

// The arms of a frame's combination that are in its other frames.
std::vector<std::size_t> context_of(const Facets& facets, const Facet& facet);

// The legend of the levels in the frames that are drawn; empty for a single level, and if the frames have their own.
std::vector<LegendItem> legend_of(const Facets& facets, LegendItem::Mark mark);
// A frame's own legend; empty if the chart has one for all.
std::vector<LegendItem> legend_of(const Facets& facets, const Facet& facet, LegendItem::Mark mark);

}  // namespace bnexp::report
