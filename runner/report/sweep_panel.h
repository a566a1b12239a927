// Accuracies over the levels of a swept key: one mark per trial, the mean and its interval per arm, and, in a strip at
// the frame's low end, the trials that did not finish ok.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "report/layout.h"
#include "report/level_axis.h"

namespace bnexp::report {

// How the levels are placed.
struct SweepAxis {
  const Key* key = nullptr;
  std::vector<std::size_t> levels;   // along the axis
  std::optional<LevelAxis> numeric;  // of numbers; else the levels are equally spaced
  bool rows = false;                 // one row per level, from the top; accuracy is horizontal
  bool sorted = false;               // from the most accurate level to the least

  std::vector<std::string> labels() const;
  bool is_to_scale() const;  // no distance between levels misleads: they are numbers on their scale, or names
};

// Numbers lie on their scale if each has room for its label, else in their order. Names are rows, sorted by accuracy if
// they are more than one frame has colours for.
SweepAxis sweep_axis(const Analysis& analysis, const Key& key, std::size_t colors);

// The accuracies that a panel shows, in percent.
struct AccuracyRange {
  double floor = 0;
  double ceiling = 100;
  std::string strip;  // label of the strip of failures; empty: no strip
};

// `looks` are those of all panels; a datum's "s" is its place among them.
Json sweep_panel(const Facet& facet, const SweepAxis& axis, const std::vector<Look>& looks, const AccuracyRange& range);

}  // namespace bnexp::report
