// The keys of charts: what a colour, a dash pattern or a shape stands for.
#pragma once

#include <string>
#include <vector>

#include "report/palette.h"

namespace bnexp::report {

struct LegendItem {
  enum class Mark {
    line,       // with the look's dash pattern
    thin,       // a line of secondary interest
    reference,  // a rule across the frame
    point,      // with the look's shape
    cross,      // a trial that ended early
  };
  std::string label;
  Look look;
  Mark mark = Mark::line;
};

// A list of the items, each with its mark as inline SVG, so that it needs no script. Empty without items.
std::string legend_html(const std::string& title, const std::vector<LegendItem>& items);

}  // namespace bnexp::report
