// Trials to start, in an order that leaves no worker idle at the end.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "exec/plan.h"

namespace bnexp::exec {

// Order: trials of unknown cost in the order of push(), then the longest first. The cost is the plan's estimate, or
// that of a finished trial of the same kind (trial_kind).
class Queue {
 public:
  explicit Queue(const Plan& plan) : plan_(plan) {}

  // `trial` must be one of the plan's.
  void push(const PlannedTrial& trial);

  // nullptr when no trial is left.
  const PlannedTrial* take();

  // Reports the time of a finished `trial`.
  void learn(const PlannedTrial& trial, double seconds);

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

 private:
  struct Kind {
    std::optional<double> seconds{};
    std::deque<std::pair<std::size_t, const PlannedTrial*>> trials{};  // by the number of their push
  };
  Kind& kind_of(const PlannedTrial& trial);
  static bool precedes(const Kind& a, const Kind& b);

  const Plan& plan_;
  std::vector<Kind> kinds_;
  std::map<std::size_t, std::size_t> of_arm_;   // index into kinds_
  std::map<std::string, std::size_t> of_kind_;  // the same, by trial_kind
  std::size_t size_ = 0;
  std::size_t pushed_ = 0;
};

}  // namespace bnexp::exec
