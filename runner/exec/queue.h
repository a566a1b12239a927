// Trials that are still to be started, in the order that leaves no worker idle at the end.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "exec/plan.h"

namespace bnexp::exec {

// First those that nobody knows the cost of, as planned, then the most costly. A cost is the plan's, or that of a trial
// of the same model, norm, data, probes, precision, execution, device, batch size and budget, as soon as one has
// finished.
class Queue {
 public:
  // `trial` is of a plan that outlives the queue, the same one for all.
  void push(const PlannedTrial& trial);

  // nullptr when none is left.
  const PlannedTrial* take();

  // `trial` has taken so long.
  void learn(const PlannedTrial& trial, double seconds);

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

 private:
  struct Kind {
    std::optional<double> seconds;
    std::deque<const PlannedTrial*> trials;
  };
  Kind& kind_of(const PlannedTrial& trial);
  static bool precedes(const Kind& a, const Kind& b);

  std::vector<Kind> kinds_;
  std::map<std::string, std::size_t> index_;  // by the settings that a cost depends on
  std::size_t size_ = 0;
};

}  // namespace bnexp::exec
