#include "report/level_axis.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/text.h"
#include "report/lines.h"

namespace bnexp::report {
namespace {

constexpr double kLargestDodge = 0.2;  // of the smallest gap, to either side
constexpr double kColorStep = 0.012;   // of the axis, where gaps leave room for it
constexpr double kMargin = 0.06;       // of the axis, at each end
constexpr double kLabelHeight = 14;    // pixels

bool powers_of_two(const std::vector<double>& levels) {
  int exponent = 0;
  const auto is_power = [&](double level) { return level > 0 && std::frexp(level, &exponent) == 0.5; };
  return levels.back() >= 4 * levels.front() && std::ranges::all_of(levels, is_power);
}

}  // namespace

int label_angle(const std::vector<std::string>& labels, double gap) {
  std::size_t longest = 0;
  for (const auto& label : labels) longest = std::max(longest, label.size());
  if (kCharacterWidth * static_cast<double>(longest) + 8 <= gap) return 0;
  return gap >= kLabelHeight ? -45 : 90;
}

LevelAxis::LevelAxis(std::vector<double> levels, bool logarithmic, std::size_t colors)
    : levels_(std::move(levels)), colors_(std::max<std::size_t>(1, colors)) {
  scale_ = powers_of_two(levels_) ? Scale::log2 : logarithmic ? Scale::log : Scale::linear;
  span_ = on_scale(levels_.back()) - on_scale(levels_.front());
  double gap = span_;
  std::vector<std::string> labels;
  for (std::size_t i = 0; i < levels_.size(); ++i) {
    if (i > 0) gap = std::min(gap, on_scale(levels_[i]) - on_scale(levels_[i - 1]));
    labels.push_back(shortest(levels_[i]));
  }
  if (colors_ > 1) step_ = std::min(2 * kLargestDodge * gap / static_cast<double>(colors_ - 1), kColorStep * span_);
  angle_ = label_angle(labels, kFrameWidth * gap / (span_ * (1 + 2 * kMargin)));
}

double LevelAxis::on_scale(double value) const {
  return scale_ == Scale::linear ? value : scale_ == Scale::log ? std::log10(value) : std::log2(value);
}

double LevelAxis::value(double on_scale) const {
  return scale_ == Scale::linear ? on_scale : std::pow(scale_ == Scale::log ? 10.0 : 2.0, on_scale);
}

double LevelAxis::place(std::size_t level, std::size_t color) const {
  const double aside = step_ * (static_cast<double>(color) - static_cast<double>(colors_ - 1) / 2);
  return aside == 0 ? levels_[level] : value(on_scale(levels_[level]) + aside);
}

std::pair<double, double> LevelAxis::domain() const {
  const double margin = kMargin * span_ + step_ * static_cast<double>(colors_ - 1) / 2;
  return {value(on_scale(levels_.front()) - margin), value(on_scale(levels_.back()) + margin)};
}

Json LevelAxis::channel(const std::string& field, const std::string& title) const {
  const auto [low, high] = domain();
  Json scale{{"type", scale_ == Scale::linear ? "linear" : "log"}, {"nice", false}, {"zero", false}};
  scale["domain"] = {low, high};
  if (scale_ == Scale::log2) scale["base"] = 2;
  return {{"field", field},
          {"type", "quantitative"},
          {"scale", std::move(scale)},
          {"axis",
           {{"title", title},
            {"values", levels_},
            {"tickCount", kAllTicks},
            {"format", "~g"},
            {"grid", false},
            {"labelAngle", angle_},
            {"labelOverlap", false}}}};
}

}  // namespace bnexp::report
