#include "exec/queue.h"

#include <algorithm>

namespace bnexp::exec {

Queue::Kind& Queue::kind_of(const PlannedTrial& trial) {
  const auto [of_arm, is_new_arm] = of_arm_.emplace(trial.arm, 0);
  if (is_new_arm) {
    const auto kind = trial_kind(plan_.manifest.arms.at(trial.arm).settings);
    const auto [of_kind, is_new_kind] = of_kind_.emplace(kind, kinds_.size());
    if (is_new_kind) kinds_.emplace_back();
    of_arm->second = of_kind->second;
  }
  return kinds_[of_arm->second];
}

void Queue::push(const PlannedTrial& trial) {
  Kind& kind = kind_of(trial);
  if (!kind.seconds) kind.seconds = trial.seconds;
  kind.trials.emplace_back(pushed_++, &trial);
  ++size_;
}

bool Queue::precedes(const Kind& a, const Kind& b) {
  if (a.trials.empty() || b.trials.empty()) return b.trials.empty() && !a.trials.empty();
  if (a.seconds.has_value() != b.seconds.has_value()) return !a.seconds;
  if (a.seconds != b.seconds) return *a.seconds > *b.seconds;
  return a.trials.front().first < b.trials.front().first;
}

const PlannedTrial* Queue::take() {
  if (empty()) return nullptr;
  auto& trials = std::ranges::min_element(kinds_, precedes)->trials;
  const PlannedTrial* trial = trials.front().second;
  trials.pop_front();
  --size_;
  return trial;
}

void Queue::learn(const PlannedTrial& trial, double seconds) { kind_of(trial).seconds = seconds; }

}  // namespace bnexp::exec
