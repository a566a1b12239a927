#include "analysis/tolerance.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <utility>

namespace bnexp::analysis {
namespace {

constexpr double kPartingPerStep = 0.001, kLargestParting = 0.02;
constexpr double kLossPerStep = 0.01, kLargestLoss = 0.2;
constexpr double kAccuracy = 0.1;
constexpr std::int64_t kWindow = 10;  // a mean of fewer steps varies more
constexpr std::int64_t kExplosion = 10;

enum class Kind { other, status, count, loss, mean_of_steps, accuracy };

Kind kind_of(const std::string& name) {
  if (name == "status") return Kind::status;
  if (name == "metrics.parameters" || name == "metrics.steps" || name.starts_with("data.")) return Kind::count;
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

// A loss explodes within some steps, and rounding decides in which.
std::int64_t last_before_divergence(const train::TrialResult& result) {
  const auto step = divergence_step(result);
  return step ? *step - kExplosion : kAtTheEnd;
}

enum class Fit { close, parted, beyond, unknown };

// Compares the values of one place after the other.
class Comparison {
 public:
  // False if this place or all later ones can't be compared, or if one is beyond the tolerance.
  bool next(const Place& place, const Json* recorded, const Json* now, const std::vector<const Json*>& perturbed) {
    const Fit fit = fit_of(place, recorded, now, perturbed);
    if (fit == Fit::unknown) return false;
    if (fit == Fit::beyond) result.beyond = difference_at(place, recorded, now);
    if (recorded != nullptr) ++result.values;
    result.last_step = place.first;
    return fit == Fit::close;
  }

  Tolerated result;

 private:
  Fit fit_of(const Place& place, const Json* recorded, const Json* now, const std::vector<const Json*>& perturbed) {
    const auto differs = [&](const Json* one) { return (one == nullptr) != (now == nullptr); };
    if (std::ranges::any_of(perturbed, differs)) return Fit::unknown;
    if (differs(recorded)) return Fit::beyond;
    if (recorded == nullptr) return Fit::close;
    const Kind kind = kind_of(place.second);
    if (kind == Kind::status) {
      if (std::ranges::any_of(perturbed, [&](const Json* one) { return *one != *now; })) return Fit::unknown;
      return *recorded == *now ? Fit::close : Fit::beyond;
    }
    if (kind == Kind::count) return *recorded == *now ? Fit::close : Fit::beyond;
    if (!recorded->is_number()) return Fit::beyond;
    if (kind == Kind::accuracy) {
      return std::abs(recorded->get<double>() - now->get<double>()) <= kAccuracy ? Fit::close : Fit::beyond;
    }
    const auto difference = [&](const Json* one) {
      return relative_difference(one->get<double>(), now->get<double>());
    };
    const double parting = at_step(place.first, kPartingPerStep, kLargestParting);
    if (std::ranges::any_of(perturbed, [&](const Json* one) { return difference(one) > parting; })) return Fit::unknown;
    result.largest = std::max(result.largest, difference(recorded));
    if (difference(recorded) > tolerance(place, kind)) return Fit::beyond;
    return difference(recorded) > parting ? Fit::parted : Fit::close;
  }

  double tolerance(const Place& place, Kind kind) {
    const double usual = at_step(place.first, kLossPerStep, kLargestLoss);
    if (kind != Kind::mean_of_steps) return usual;
    const std::int64_t window = place.first - std::exchange(last_of_[place.second], place.first);
    return window < kWindow ? 2 * usual : usual;
  }

  std::map<std::string, std::int64_t> last_of_;
};

// Whether each loss of training that `now` has, and there is one, has the same bits in the record. Then the rest of an
// honest record has, too.
bool has_same_training(const std::map<Place, Json>& recorded, const std::map<Place, Json>& now) {
  bool has_losses = false;
  for (const auto& [place, loss] : now) {
    if (kind_of(place.second) != Kind::mean_of_steps) continue;
    has_losses = true;
    const Json* other = present_at(recorded, place);
    if (other == nullptr || *other != loss) return false;
  }
  return has_losses;
}

}  // namespace

Tolerated tolerated(const train::TrialResult& recorded, const train::TrialResult& now,
                    const std::vector<train::TrialResult>& perturbed) {
  const auto kept = by_place(recorded), again = by_place(now);
  std::int64_t last = std::min({last_recorded_step(recorded), last_step_of(now), last_before_divergence(now)});
  std::vector<std::map<Place, Json>> others;
  for (const auto& one : perturbed) {
    others.push_back(by_place(one));
    last = std::min({last, last_step_of(one), last_before_divergence(one)});
  }
  std::set<Place> places;
  const auto add = [&](const std::map<Place, Json>& values) {
    for (const auto& [place, value] : values) {
      if (place.first <= last && kind_of(place.second) != Kind::other) places.insert(place);
    }
  };
  add(kept);
  add(again);
  std::ranges::for_each(others, add);
  Comparison comparison;
  const bool all = std::ranges::all_of(places, [&](const Place& place) {
    std::vector<const Json*> values;
    for (const auto& other : others) values.push_back(present_at(other, place));
    return comparison.next(place, present_at(kept, place), present_at(again, place), values);
  });
  if (!comparison.result.beyond && has_same_training(kept, again)) {
    comparison.result.beyond = reproduction(recorded, now).first;
  }
  comparison.result.is_whole = all && last == std::min(last_recorded_step(recorded), last_step_of(now));
  return comparison.result;
}

}  // namespace bnexp::analysis
