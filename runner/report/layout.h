// Arrangement of a suite's arms in a chart: which swept key sets the colour, which the panel.
#pragma once

#include <string>
#include <vector>

#include "report/chart.h"

namespace bnexp::report {

inline constexpr std::size_t kMaxColors = 16;
inline constexpr std::size_t kMaxPanels = 12;

// Which swept key sets the colour, and which the panel.
struct Layout {
  const Key* color = nullptr;      // null: nothing is swept
  std::vector<const Key*> facets;  // the rest
};

// The colour shows the key with an order (the learning rate first, then other numbers), the panels the others.
Layout curve_layout(const Analysis& analysis);

std::string level_color(const Key* key, std::size_t level);
std::string level_label(const Key* key, std::size_t level);

// The arms of one colour in one panel: at most kMaxColors levels, evenly spread if there are more.
struct ColoredArm {
  const Arm* arm = nullptr;
  std::size_t index = 0;  // in Results::arms
  std::string label;
  std::string color;
};
struct Facet {
  std::string title;
  std::vector<ColoredArm> arms;
};
struct Facets {
  std::vector<Facet> shown;  // at most `limit`
  std::string note;          // names what was left out
};
Facets facets_of(const Analysis& analysis, const Layout& layout, std::size_t limit = kMaxPanels);

// The legend of the levels that occur in `facets`.
std::vector<LegendItem> legend_of(const Facets& facets);

}  // namespace bnexp::report
