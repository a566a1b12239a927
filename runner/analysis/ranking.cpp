#include "analysis/ranking.h"

#include <algorithm>
#include <tuple>

namespace bnexp::analysis {
namespace {

bool has_failure(const Arm& arm) {
  return std::any_of(arm.trials.begin(), arm.trials.end(),
                     [](const Trial& trial) { return is_failure(trial.outcome()); });
}

}  // namespace

Ranking rank(const std::vector<const Arm*>& arms) {
  struct Candidate {
    const Arm* arm = nullptr;
    bool failed = false;
    double accuracy = 0;
  };
  std::vector<Candidate> candidates;
  for (const Arm* arm : arms) {
    if (arm->test_accuracy.n > 0) candidates.push_back({arm, has_failure(*arm)});
  }
  Ranking ranking;
  ranking.by_validation = !candidates.empty() && std::ranges::all_of(candidates, [](const Candidate& one) {
    return one.arm->validation_accuracy.n == one.arm->ok();
  });
  for (auto& one : candidates) {
    one.accuracy = (ranking.by_validation ? one.arm->validation_accuracy : one.arm->test_accuracy).mean;
  }
  std::ranges::stable_sort(candidates, {}, [](const Candidate& one) { return std::tuple(one.failed, -one.accuracy); });
  for (const auto& one : candidates) ranking.arms.push_back(one.arm);
  return ranking;
}

stats::Estimate difference(const Arm& a, const Arm& b, const std::optional<Looks>& looks) {
  return estimate(stats::paired_differences(a.by_seed("test_accuracy"), b.by_seed("test_accuracy")), looks);
}

}  // namespace bnexp::analysis
