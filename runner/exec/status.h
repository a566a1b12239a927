// What is done, running and left in a store, from its plan, records and leases alone.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <vector>

#include "exec/plan.h"
#include "store/leases.h"

namespace bnexp::exec {

struct StoreStatus {
  // A trial that somebody holds.
  struct Held {
    const PlannedTrial* trial;  // in `plan`
    store::HeldLease lease;
  };

  Plan plan;
  std::map<train::Status, std::size_t> statuses;  // of the records of planned trials
  std::vector<Held> running;                      // with a lease that has not expired
  std::vector<Held> stale;                        // with one that has: free to be trained by others
  std::vector<const PlannedTrial*> failed;        // in `plan`: done, and only a retry trains them again
  std::size_t done = 0;                           // have their record, and are not being trained again
  std::size_t waiting = 0;                        // neither done nor running
  // Time until all are finished if as many trials run as now, and each takes as long as finished ones of its kind;
  // nullopt: unknown, or nothing runs.
  std::optional<double> seconds_left;

  bool is_complete() const { return done == plan.trials.size(); }

  StoreStatus() = default;
  StoreStatus(StoreStatus&&) = default;
  StoreStatus& operator=(StoreStatus&&) = default;
  StoreStatus(const StoreStatus&) = delete;  // `running`, `stale` and `failed` point into `plan`
};

StoreStatus status_of(Plan plan, std::vector<store::HeldLease> leases);

}  // namespace bnexp::exec
