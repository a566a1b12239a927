// All results of a report as values, computed once.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/claim.h"
#include "analysis/comparisons.h"
#include "analysis/provenance.h"
#include "analysis/ranking.h"
#include "analysis/results.h"
#include "analysis/usable_range.h"
#include "store/store.h"

namespace bnexp::analysis {

struct Analysis {
  Results results;
  Thresholds thresholds;
  std::optional<Looks> looks;            // seeds were added by looking, so that Student's intervals don't hold
  const Key* rate = nullptr;             // the swept learning rate
  const Key* contrasted = nullptr;       // the key whose levels are compared, unless the suite names a baseline
  Ranking ranking;                       // of all arms
  std::vector<stats::Estimate> to_best;  // of each arm: its difference to the best; the best's own has n = 0
  Ranking best_of_levels;                // of each level of `contrasted`, its best arm; empty with fewer than two keys
  std::vector<UsableRange> usable;
  std::optional<Comparisons> comparisons;  // of arms with their baseline
  std::vector<ClaimAnswer> claims;
  Provenance provenance;

  const Arm* best() const { return ranking.arms.empty() ? nullptr : ranking.arms[0]; }
  std::size_t index_of(const Arm* arm) const { return static_cast<std::size_t>(arm - results.arms.data()); }
};

// What a suite asks of its results.
struct Question {
  Thresholds thresholds;
  config::CompareSpec compare;
  Json claims = Json::array();
  std::optional<Looks> looks;
};

Analysis analyze(Results results, const Question& question = {});

// Analyzes a store's plan and records. Throws Error(environment) when the folder of records can't be read, or when
// there are records but none can be read.
Analysis analyze(const store::Store& store);

}  // namespace bnexp::analysis
