#include "report/density.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

#include "stats/order.h"

namespace bnexp::report {
namespace {

constexpr int kSamples = 120;  // of a density, over its frame

double mass_of(const Histogram& histogram) {
  return std::accumulate(histogram.heights.begin(), histogram.heights.end(), 0.0);
}

double center(const Histogram& histogram, std::size_t bin) {
  return histogram.low + histogram.bin() * (static_cast<double>(bin) + 0.5);
}

// The number of values in it, at most that of the most images a probe measures: the smallest bin that isn't empty is
// taken to hold one.
double size_of(const Histogram& histogram) {
  double least = std::numeric_limits<double>::infinity();
  for (const double height : histogram.heights) least = height > 0 ? std::min(least, height) : least;
  return std::clamp(std::round(mass_of(histogram) / least), 1.0, 1000.0);
}

double bandwidth(const Histogram& histogram, double range) {
  const double mass = mass_of(histogram);
  double mean = 0, variance = 0;
  for (std::size_t i = 0; i < histogram.heights.size(); ++i) {
    mean += center(histogram, i) * histogram.heights[i] / mass;
  }
  for (std::size_t i = 0; i < histogram.heights.size(); ++i) {
    variance += std::pow(center(histogram, i) - mean, 2) * histogram.heights[i] / mass;
  }
  const double quartiles = (histogram.quantile(0.75) - histogram.quantile(0.25)) / 1.34;
  const double silverman = 0.9 * std::min(std::sqrt(variance), quartiles) * std::pow(size_of(histogram), -0.2);
  return std::max({silverman, histogram.bin() / 2, range / 100});
}

}  // namespace

std::optional<Histogram> histogram(double low, double high, std::vector<double> heights) {
  double sum = 0;
  for (const double height : heights) {
    if (!(height >= 0) || !std::isfinite(height)) return std::nullopt;
    sum += height;
  }
  if (!std::isfinite(low) || !std::isfinite(high) || !(low < high) || !(sum > 0) || !std::isfinite(sum)) {
    return std::nullopt;
  }
  return Histogram{low, high, std::move(heights)};
}

double Histogram::quantile(double p) const {
  double left = p * mass_of(*this);
  for (std::size_t i = 0; i < heights.size(); ++i) {
    if (heights[i] > 0 && left <= heights[i]) return low + bin() * (static_cast<double>(i) + left / heights[i]);
    left -= heights[i];
  }
  return high;
}

bool Histogram::constant() const { return high - low <= 1e-6 * std::max({1.0, std::abs(low), std::abs(high)}); }

std::pair<double, double> density_range(const std::vector<Histogram>& histograms) {
  std::vector<double> widths;
  for (const auto& one : histograms) widths.push_back(one.quantile(0.99) - one.quantile(0.01));
  if (widths.empty()) return {0, 1};
  const double widest = 10 * stats::quantile(widths, 0.5);
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (std::size_t i = 0; i < histograms.size(); ++i) {
    if (widths[i] > widest) continue;
    low = std::min(low, histograms[i].quantile(0.01));
    high = std::max(high, histograms[i].quantile(0.99));
  }
  const double margin = 0.08 * (high - low);
  return {low - margin, high + margin};
}

std::vector<Point> kernel_density(const Histogram& histogram, const std::pair<double, double>& range) {
  const auto [low, high] = range;
  const double width = bandwidth(histogram, high - low), mass = mass_of(histogram);
  const double scale = 1 / (width * std::sqrt(2 * std::numbers::pi) * mass);
  std::vector<Point> points;
  for (int i = 0; i <= kSamples; ++i) {
    const double x = low + (high - low) * i / kSamples;
    double y = 0;
    for (std::size_t bin = 0; bin < histogram.heights.size(); ++bin) {
      const double distance = (x - center(histogram, bin)) / width;
      if (std::abs(distance) < 6) y += histogram.heights[bin] * std::exp(-distance * distance / 2);
    }
    points.push_back({.x = x, .y = scale * y});
  }
  return points;
}

}  // namespace bnexp::report
