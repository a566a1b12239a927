// Lines, bands and points in one frame, as Vega-Lite.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "report/palette.h"

namespace bnexp::report {

// Vega drops some of an axis's explicit values if they exceed its tick count.
inline constexpr int kAllTicks = 100;
inline constexpr std::size_t kMaxPoints = 6000;  // per chart, over all its series

struct Point {
  double x = 0;
  double y = 0;
  double low = 0;
  double high = 0;
  std::size_t n = 1;
};

struct Series {
  enum class Style {
    line,     // with the look's dash pattern
    thin,     // of secondary interest
    context,  // behind all others, without a tooltip
    points,
  };
  std::string label;
  Look look;
  Style style = Style::line;
  bool band = false;  // low to high is filled
  std::size_t arm = 0;
  std::vector<Point> points;
};

// The end of the line of a trial that ended early.
struct Cross {
  double x = 0;
  double y = 0;
  Look look;
  std::string label;
  std::string trial;
  std::string text;
};

struct Axes {
  std::string x_title = {};
  std::string y_title = {};
  bool log_x = false;
  bool log_y = false;
  std::optional<std::pair<double, double>> x_domain = std::nullopt;  // default: the range of the data
  std::optional<std::pair<double, double>> y_domain = std::nullopt;  // values beyond are clipped
  int height = 220;
};

// The mark of a trial that ended early.
Json cross_mark();

// The range of the points and crosses; only positive x on a logarithmic axis.
std::pair<double, double> x_range(const std::vector<Series>& series, const std::vector<Cross>& crosses,
                                  bool logarithmic);

Json line_panel(const std::vector<Series>& series, const std::vector<Cross>& crosses, const Axes& axes);

// Rounded to six significant digits: more than a screen shows, and shorter.
double rounded(double value);

// At most `most` multiples of 1, 2 or 5 times a power of ten between low and high, evenly spaced.
std::vector<double> even_ticks(double low, double high, std::size_t most);

// Keeps every k-th point and the last, so that `count` series of a chart stay within kMaxPoints. Returns k.
std::size_t thin(std::vector<Point>& points, std::size_t count);

// The smallest and largest y (bands included) over all series; the margin keeps marks off the frame.
std::pair<double, double> y_range(const std::vector<Series>& series, bool logarithmic);

}  // namespace bnexp::report
