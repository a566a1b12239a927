#include "exec/status.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

namespace bnexp::exec {
namespace {

// Without estimates for all trials that are left: unknown.
std::optional<double> seconds_left(const StoreStatus& status) {
  std::map<const PlannedTrial*, double> done;  // fraction
  for (const auto& held : status.running) {
    const auto& holder = held.lease.holder;
    const bool known = holder && holder->steps > 0;
    done[held.trial] = known ? static_cast<double>(holder->step) / static_cast<double>(holder->steps) : 0;
  }
  if (done.empty()) return {};
  double sum = 0;
  for (const auto& trial : status.plan.trials) {
    const auto fraction = done.find(&trial);
    if (trial.cached() && fraction == done.end()) continue;
    if (!trial.seconds) return {};
    sum += *trial.seconds * (fraction == done.end() ? 1 : 1 - fraction->second);
  }
  return sum / static_cast<double>(done.size());
}

}  // namespace

StoreStatus status_of(Plan plan, std::vector<store::HeldLease> leases) {
  StoreStatus status;
  status.plan = std::move(plan);
  std::map<std::string, store::HeldLease> by_trial;
  for (auto& lease : leases) by_trial.emplace(lease.trial, std::move(lease));
  for (const auto& trial : status.plan.trials) {
    if (trial.status) ++status.statuses[*trial.status];
    const auto lease = by_trial.find(trial.trial);
    const bool is_held = lease != by_trial.end() && !trial.is_final();
    if (is_held && !lease->second.expired) {
      status.running.push_back({&trial, std::move(lease->second)});
    } else if (trial.cached()) {
      ++status.done;
      if (trial.needs_retry()) status.failed.push_back(&trial);
    } else {
      ++status.waiting;
      if (is_held) status.stale.push_back({&trial, std::move(lease->second)});
    }
  }
  status.seconds_left = seconds_left(status);
  return status;
}

}  // namespace bnexp::exec
