// Outcomes of planned trials, and their counts in a group.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>

#include "train/result.h"

namespace bnexp::analysis {

// The status in the trial's record; nullopt without a record, shown as "missing".
using Outcome = std::optional<train::Status>;

inline constexpr std::size_t kOutcomes = train::kStatusNames.size() + 1;

// Every outcome: the statuses in the order of train::kStatusNames, then missing.
std::array<Outcome, kOutcomes> all_outcomes();

std::string name_of(Outcome outcome);

// The trial ended and was not ok. The accuracy over the arm's other trials is then one over survivors.
bool is_failure(Outcome outcome);

// The trial is missing or was interrupted: running the suite again trains it.
bool is_open(Outcome outcome);

// Training came to its end: ok or diverged. A trial that crashed, for example, says nothing about its learning rate.
bool is_trained(Outcome outcome);

class OutcomeCounts {
 public:
  void add(Outcome outcome) { ++counts_[place(outcome)]; }
  std::size_t operator[](Outcome outcome) const { return counts_[place(outcome)]; }

 private:
  static std::size_t place(Outcome outcome) {
    return outcome ? static_cast<std::size_t>(*outcome) : train::kStatusNames.size();
  }

  std::array<std::size_t, kOutcomes> counts_{};
};

}  // namespace bnexp::analysis
