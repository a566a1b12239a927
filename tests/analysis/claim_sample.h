// Invented stores for the tests of claims: batch and none at two rates.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/claim.h"
#include "analysis/sample.h"

namespace bnexp::analysis {

// none and batch at two rates, 6 seeds. `numbers` gives the accuracies of batch in percent, those of none are 95 to
// 95.5; the other numbers follow the accuracy.
inline sample::Store store_of(const std::vector<double>& numbers, int seeds = 6) {
  auto store = sample::norms_at_rates("claims", seeds);
  for (auto& record : store.records) {
    const auto place = static_cast<std::size_t>(record.seed - 1) % numbers.size();
    const bool is_batch = record.arm.starts_with("norm=batch");
    const double accuracy = is_batch ? numbers[place] : 95 + 0.1 * static_cast<double>(record.seed % 6);
    auto& result = record.result;
    result.metrics["test_accuracy"] = accuracy / 100;
    result.metrics["validation_accuracy"] = accuracy / 100;
    result.probes = {{"running_stats", {{"law", {{"std_mean", {1.0, accuracy}}, {"theory", {1.0, 97.0}}}}}}};
    for (auto& row : result.history) row["validation_accuracy"] = accuracy / 100;
    result.history[0]["validation_accuracy"] = 0.5;
  }
  return store;
}

inline ClaimAnswer answer(const sample::Store& store, Json claim, const std::optional<Looks>& looks = {}) {
  claim.update({{"id", "one"}, {"says", "This holds"}, {"source", "slide 7"}});
  const Results results = gather(store.manifest, store.records);
  return decide_claims(Json::array({claim}), {results, {}, looks}).front();
}

// Those of its first seeds.
inline void diverge(sample::Store& store, const std::string& arm, std::int64_t seeds) {
  for (auto& record : store.records) {
    if (record.arm == arm && record.seed <= seeds) sample::diverge(record, 7);
  }
}

inline const std::vector<double> kHigh{97.1, 97.3, 97.2, 97.4, 97.2, 97.3},
    kSame{95.05, 95.15, 95.25, 95.35, 95.4, 95.1}, kLow{93.1, 93.3, 93.2, 93.4, 93.2, 93.3},
    kWild{90, 99, 92, 98, 96, 99};

inline const Json kBatch{{"norm", {"batch"}}}, kNone{{"norm", {"none"}}};
inline const char* const kMeasured = "probes.running_stats.law.std_mean[-1]";
inline const char* const kTheory = "probes.running_stats.law.theory[-1]";

}  // namespace bnexp::analysis
