#include "exec/queue.h"

#include <algorithm>

namespace bnexp::exec {

Queue::Kind& Queue::kind_of(const PlannedTrial& trial) {
  const Json& settings = trial.source->settings;
  Json relevant;
  for (const char* key : {"model", "norm", "data", "probes", "precision", "execution", "device"})
    relevant.push_back(settings.value(key, Json()));
  for (const char* key : {"batch_size", "epochs", "steps"}) relevant.push_back(settings.at("train").value(key, Json()));
  const auto [place, is_new] = index_.emplace(to_line(relevant), kinds_.size());
  if (is_new) kinds_.emplace_back();
  return kinds_[place->second];
}

void Queue::push(const PlannedTrial& trial) {
  Kind& kind = kind_of(trial);
  if (!kind.seconds) kind.seconds = trial.seconds;
  kind.trials.push_back(&trial);
  ++size_;
}

bool Queue::precedes(const Kind& a, const Kind& b) {
  if (a.trials.empty() || b.trials.empty()) return b.trials.empty() && !a.trials.empty();
  if (a.seconds.has_value() != b.seconds.has_value()) return !a.seconds;
  if (a.seconds != b.seconds) return *a.seconds > *b.seconds;
  return a.trials.front() < b.trials.front();
}

const PlannedTrial* Queue::take() {
  if (empty()) return nullptr;
  auto& trials = std::ranges::min_element(kinds_, precedes)->trials;
  const PlannedTrial* trial = trials.front();
  trials.pop_front();
  --size_;
  return trial;
}

void Queue::learn(const PlannedTrial& trial, double seconds) { kind_of(trial).seconds = seconds; }

}  // namespace bnexp::exec
