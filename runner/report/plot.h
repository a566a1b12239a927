// What charts share: colours by swept level, lines with bands, thinning.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "report/chart.h"
#include "report/results.h"

namespace bnexp::report {

inline constexpr std::size_t kMaxColors = 16;
inline constexpr std::size_t kMaxPanels = 12;
inline constexpr std::size_t kMaxPoints = 6000;  // of a chart, over all its series

// Which swept key is told by colour and which by panel.
struct Layout {
  const Key* color = nullptr;      // none: nothing is swept
  std::vector<const Key*> facets;  // the rest
};

// Colour for the key with an order (the learning rate first, then other numbers), panels for the rest.
Layout curve_layout(const Results& results);

std::string level_color(const Key* key, std::size_t level);
std::string level_label(const Key* key, std::size_t level);

// One colour's arms in one panel, at most kMaxColors levels, spread evenly when there are more.
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
  std::string note;          // says what was left out
};
Facets facets_of(const Results& results, const Layout& layout, std::size_t limit = kMaxPanels);

// The legend of the levels that occur in `facets`.
std::vector<LegendItem> legend_of(const Facets& facets);

struct Point {
  double x = 0;
  double y = 0;
  double low = 0;
  double high = 0;
  std::size_t n = 1;
};

struct Series {
  enum class Style { line, dashed, points };
  std::string label;
  std::string color;
  Style style = Style::line;
  bool band = false;  // low to high is filled
  std::size_t arm = 0;
  std::vector<Point> points;
};

// A trial that ended early, where its line does.
struct Cross {
  double x = 0;
  double y = 0;
  std::string color;
  std::string label;
  std::string trial;
  std::string text;
};

struct Axes {
  std::string x_title;
  std::string y_title;
  bool log_x = false;
  bool log_y = false;
  std::optional<std::pair<double, double>> y_domain = std::nullopt;  // values beyond are clipped
  int height = 220;
};

Json line_panel(const std::vector<Series>& series, const std::vector<Cross>& crosses, const Axes& axes);

// Rounded to six significant digits: more than a screen can show, and shorter.
double rounded(double value);

// Keeps every k-th point and the last, so that `count` series of a chart stay within kMaxPoints. Returns k.
std::size_t thin(std::vector<Point>& points, std::size_t count);

// The smallest and largest y (bands included) over all series; the margin keeps marks off the frame.
std::pair<double, double> y_range(const std::vector<const Series*>& series, bool logarithmic);

}  // namespace bnexp::report
