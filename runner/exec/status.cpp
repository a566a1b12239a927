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
    if (trial.cached()) continue;
    if (!trial.seconds) return {};
    const auto fraction = done.find(&trial);
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
    if (trial.cached()) continue;
    const auto lease = by_trial.find(trial.trial);
    if (lease == by_trial.end()) {
      ++status.waiting;
    } else if (lease->second.expired) {
      ++status.waiting;
      status.stale.push_back({&trial, std::move(lease->second)});
    } else {
      status.running.push_back({&trial, std::move(lease->second)});
    }
  }
  status.seconds_left = seconds_left(status);
  return status;
}

}  // namespace bnexp::exec
