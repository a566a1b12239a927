// The trials that this process trains or writes, each with its lease.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "exec/plan.h"
#include "store/leases.h"

namespace bnexp::exec {

class Holding {
 public:
  Holding(const store::Store& store, double lease_s) : leases_(store.folder(), lease_s) {}

  // False if another process holds it. `trial` must outlive this.
  bool take(const PlannedTrial& trial);
  // Removes the leases of processes that are gone.
  void sweep() { leases_.sweep(); }
  // Those of `trials` that some process is training.
  std::vector<Running> running(const std::vector<const PlannedTrial*>& trials);
  // Whether no process holds it.
  bool is_free(const std::string& trial) { return leases_.take(trial).has_value(); }

  const PlannedTrial& operator[](const std::string& trial) const { return *held_.at(trial).trial; }
  void give_back(const std::string& trial) { held_.erase(trial); }

  // Whether the lease of a trial of these is this process's. One whose file is gone, which a process that had taken it
  // over may have given back, is taken again.
  bool is_held(const std::string& trial);

  // At which step a trial is; the next renewal says so.
  void at_step(const std::string& trial, std::int64_t step, std::int64_t steps);

  // Renews the leases when it is time to. The trials whose lease is another process's by now.
  std::vector<std::string> renew();

 private:
  using Clock = std::chrono::steady_clock;
  struct Held {
    const PlannedTrial* trial;
    store::Lease lease;
    std::int64_t step = 0;
    std::int64_t steps = 0;
  };

  // Whether a lease in this state is this process's; one that is gone is taken again.
  bool keep(const std::string& trial, Held& held, store::Lease::State state);

  store::Leases leases_;
  std::map<std::string, Held> held_;
  Clock::time_point next_ = Clock::now();
};

}  // namespace bnexp::exec
