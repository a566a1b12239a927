#include "analysis/tolerance.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string>

namespace bnexp::analysis {
namespace {

constexpr double kSensitivityPerStep = 0.001, kLargestSensitivity = 0.02;
constexpr double kLossPerStep = 0.01, kLargestLoss = 0.2;
constexpr double kAccuracy = 0.1;
constexpr std::int64_t kWindow = 10;  // a mean of fewer steps varies more

enum class Kind { other, status, loss, mean_of_steps, accuracy };

Kind kind_of(const std::string& name) {
  if (name == "status") return Kind::status;
  if (name == "history.train_loss" || name == "probes.loss_curve: loss") return Kind::mean_of_steps;
  if (name == "history.validation_loss" || name == "metrics.test_loss") return Kind::loss;
  return name == "history.validation_accuracy" || name == "metrics.test_accuracy" ? Kind::accuracy : Kind::other;
}

double relative_difference(double a, double b) {
  const double size = std::max(std::abs(a), std::abs(b));
  return size > 0 ? std::abs(a - b) / size : 0;
}

double at_step(std::int64_t step, double per_step, double most) {
  return std::min(per_step * static_cast<double>(step), most);
}

const Json* present_at(const std::map<Place, Json>& values, const Place& place) {
  const auto found = values.find(place);
  return found == values.end() || found->second.is_null() ? nullptr : &found->second;
}

// Compares the values of one place after the other.
class Comparison {
 public:
  // False if this place and all later ones can't be compared, or if one is beyond the tolerance.
  bool next(const Place& place, const Json* recorded, const Json* now, const Json* rounded) {
    if ((now == nullptr) != (rounded == nullptr)) return false;
    bool fits = (recorded == nullptr) == (now == nullptr);
    if (fits && recorded != nullptr) {
      const Kind kind = kind_of(place.second);
      if (kind == Kind::status) {
        if (*now != *rounded) return false;
        fits = *recorded == *now;
      } else if (!recorded->is_number()) {
        fits = false;
      } else {
        const double a = recorded->get<double>(), b = now->get<double>(), c = rounded->get<double>();
        if (kind == Kind::accuracy) {
          fits = std::abs(a - b) <= kAccuracy;
        } else {
          const double sensitivity = relative_difference(b, c);
          if (sensitivity > at_step(place.first, kSensitivityPerStep, kLargestSensitivity)) return false;
          is_sensitive = is_sensitive || sensitivity > 0;
          result.largest = std::max(result.largest, relative_difference(a, b));
          fits = relative_difference(a, b) <= tolerance(place, kind);
        }
      }
    }
    if (!fits) result.beyond = difference_at(place, recorded, now);
    if (recorded != nullptr) ++result.values;
    result.last_step = place.first;
    return fits;
  }

  Tolerated result;
  bool is_sensitive = false;

 private:
  double tolerance(const Place& place, Kind kind) {
    const double usual = at_step(place.first, kLossPerStep, kLargestLoss);
    if (kind != Kind::mean_of_steps) return usual;
    const std::int64_t window = place.first - std::exchange(last_of_[place.second], place.first);
    return window < kWindow ? 2 * usual : usual;
  }

  std::map<std::string, std::int64_t> last_of_;
};

}  // namespace

Tolerated tolerated(const train::TrialResult& recorded, const train::TrialResult& now,
                    const train::TrialResult& rounded) {
  const auto kept = by_place(recorded), again = by_place(now), other = by_place(rounded);
  const std::int64_t last = std::min({last_recorded_step(recorded), last_step_of(now), last_step_of(rounded)});
  std::set<Place> places;
  for (const auto* values : {&kept, &again, &other}) {
    for (const auto& [place, value] : *values) {
      if (place.first <= last && kind_of(place.second) != Kind::other) places.insert(place);
    }
  }
  Comparison comparison;
  const bool all = std::ranges::all_of(places, [&](const Place& place) {
    return comparison.next(place, present_at(kept, place), present_at(again, place), present_at(other, place));
  });
  if (all && !comparison.is_sensitive) return {.is_measured = false, .beyond = {}};
  comparison.result.is_whole = all;
  return comparison.result;
}

}  // namespace bnexp::analysis
