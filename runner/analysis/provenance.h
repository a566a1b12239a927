// Provenance of the numbers, over all records.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "analysis/results.h"

namespace bnexp::analysis {

// One member of the records' contexts, with its values.
struct Fact {
  std::string key;                      // "cpu"
  std::string label;                    // "CPU"
  bool matters = false;                 // records that differ in it can't be compared in numbers or times
  std::map<Json, std::size_t> records;  // value -> how many records have it
};

// A data set that trials were trained on. The counts of images are numbers, or null.
struct DataFact {
  std::string name;
  std::string sha256;
  Json train, validation, test;

  // clang-tidy 14 takes the comparison with 0 inside for one with a pointer.
  auto operator<=>(const DataFact&) const = default;  // NOLINT(modernize-use-nullptr)
};

struct Provenance {
  std::vector<Fact> facts;    // in a fixed order; those that some record states
  std::size_t records = 0;    // of planned trials
  std::size_t contended = 0;  // of these, made on a machine busy with other work
  std::size_t dirty = 0;      // of these, made by a program built from uncommitted changes
  std::string started_first;  // ISO 8601, UTC; empty where no record states it
  std::string started_last;
  std::vector<DataFact> data;  // sorted
  double seconds = 0;          // of all trials together, over those that state it
};

// Of all planned trials; adds unreadable members to the problems of `results`.
Provenance provenance(Results& results);
// Of some trials, which have records.
Provenance provenance(const std::vector<const Trial*>& trials, Problems& problems);
// Only the facts, from contexts that are objects.
Provenance provenance(const std::vector<const Json*>& contexts);

}  // namespace bnexp::analysis
