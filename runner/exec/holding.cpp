#include "exec/holding.h"

#include <utility>

namespace bnexp::exec {

bool Holding::take(const PlannedTrial& trial) {
  auto lease = leases_.take(trial.trial);
  if (!lease) return false;
  held_.insert_or_assign(trial.trial, Held{.trial = &trial, .lease = std::move(*lease)});
  return true;
}

bool Holding::keep(const std::string& trial, Held& held, store::Lease::State state) {
  if (state != store::Lease::State::gone) return state == store::Lease::State::held;
  auto lease = leases_.take(trial);
  if (!lease) return false;
  held.lease = std::move(*lease);
  return true;
}

bool Holding::is_held(const std::string& trial) {
  Held& held = held_.at(trial);
  return keep(trial, held, held.lease.state());
}

std::vector<Running> Holding::running(const std::vector<const PlannedTrial*>& trials) {
  std::map<std::string, const PlannedTrial*> by_id;
  for (const PlannedTrial* trial : trials) by_id.emplace(trial->trial, trial);
  std::vector<Running> running;
  for (const auto& lease : leases_.all()) {
    const auto trial = by_id.find(lease.trial);
    if (lease.expired || !lease.holder || trial == by_id.end()) continue;
    running.push_back({trial->second, lease.holder->step, lease.holder->steps});
  }
  return running;
}

void Holding::at_step(const std::string& trial, std::int64_t step, std::int64_t steps) {
  Held& held = held_.at(trial);
  if (held.steps == 0) next_ = Clock::now();  // its first step is worth seeing at once
  held.step = step;
  held.steps = steps;
}

std::vector<std::string> Holding::renew() {
  if (Clock::now() < next_) return {};
  next_ = Clock::now() +
          std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(leases_.touch_every_s()));
  std::vector<std::string> lost;
  for (auto& [trial, held] : held_) {
    if (!keep(trial, held, held.lease.touch(held.step, held.steps))) lost.push_back(trial);
  }
  return lost;
}

}  // namespace bnexp::exec
