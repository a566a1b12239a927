// The axis of a numeric key: each level at its true value, the colours of one level side by side.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/json.h"

namespace bnexp::report {

// Design widths, in pixels: of a panel's frame on a narrow page, and of one character of a label.
inline constexpr double kFrameWidth = 270;
inline constexpr double kCharacterWidth = 6.3;

// The angle at which `labels` that are `gap` pixels apart don't overlap; 90 if there is none.
int label_angle(const std::vector<std::string>& labels, double gap);

class LevelAxis {
 public:
  enum class Scale { linear, log, log2 };

  // `levels` ascend; there are two or more. Powers of two that span 4 times or more have a log2 scale; `logarithmic`
  // levels are positive.
  LevelAxis(std::vector<double> levels, bool logarithmic, std::size_t colors);

  Scale scale() const { return scale_; }
  // Where a colour is drawn at a level: aside by at most a fifth of the smallest gap between levels, on this scale.
  double place(std::size_t level, std::size_t color) const;
  std::pair<double, double> domain() const;                                // has room for every place
  bool labelled() const { return angle_ < 90; }                            // every level has room for its label
  Json channel(const std::string& field, const std::string& title) const;  // Vega-Lite

 private:
  double on_scale(double value) const;
  double value(double on_scale) const;

  std::vector<double> levels_;
  Scale scale_ = Scale::linear;
  std::size_t colors_;
  double span_ = 0;  // on the scale
  double step_ = 0;  // between two colours
  int angle_ = 0;
};

}  // namespace bnexp::report
