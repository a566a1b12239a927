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

// Order: trials of unknown cost in the plan's order, then the longest first. A cost is the plan's, or that of a trial
// of the same kind (trial_kind), as soon as one has finished.
class Queue {
 public:
  explicit Queue(const Plan& plan) : plan_(plan) {}

  // `trial` is of the plan.
  void push(const PlannedTrial& trial);

  // nullptr when none is left.
  const PlannedTrial* take();

  // `trial` has taken so long.
  void learn(const PlannedTrial& trial, double seconds);

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

 private:
  struct Kind {
    std::optional<double> seconds{};
    std::deque<const PlannedTrial*> trials{};
  };
  Kind& kind_of(const PlannedTrial& trial);
  static bool precedes(const Kind& a, const Kind& b);

  const Plan& plan_;
  std::vector<Kind> kinds_;
  std::map<std::size_t, std::size_t> of_arm_;   // index into kinds_
  std::map<std::string, std::size_t> of_kind_;  // the same, by trial_kind
  std::size_t size_ = 0;
};

}  // namespace bnexp::exec
