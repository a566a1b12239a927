// What changed from one store to another: two states of one suite, such as two revisions, libraries, machines or
// settings.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "analysis/matching.h"
#include "analysis/metric.h"
#include "analysis/provenance.h"
#include "analysis/results.h"
#include "analysis/time_changes.h"
#include "stats/estimate.h"
#include "stats/proportion.h"
#include "stats/verdict.h"

namespace bnexp::analysis {

// What the verdict on an arm rests on.
enum class Basis {
  same_bits,  // every seed in common gives the same bits: nothing changed
  rate,       // the numbers of failed trials differ: Fisher's exact test, not the mean over the survivors
  pairs,      // the differences over the seeds in common: the t test
  samples,    // fewer than two seeds in common: Welch's test
  none,       // no noise estimate, or no test that holds
};

struct ArmChange {
  const ArmPair* arms = nullptr;
  std::size_t shared = 0;  // seeds that ended in both stores
  // Of all trials that ended; for a time to an accuracy, those that never reached it.
  stats::Count failed_a;
  stats::Count failed_b;
  Basis basis = Basis::none;
  // Means over the finite values that are compared: those of the shared seeds, of all seeds where fewer than two are
  // shared.
  stats::Estimate a;
  stats::Estimate b;
  stats::Estimate change;  // b - a; its interval holds together with those of the other arms
  std::optional<double> p;
  std::optional<double> adjusted_p;                    // over the tested arms, by Holm; where `looked`, by Bonferroni
  stats::Verdict verdict = stats::Verdict::undecided;  // better: a higher metric, or fewer failures
  std::optional<std::size_t> further_seeds;            // would decide it; see stats::further_seeds

  bool is_significant() const { return verdict == stats::Verdict::better || verdict == stats::Verdict::worse; }
};

// Two records of one trial that are not the same.
struct OtherBits {
  std::string trial;  // id
  std::string arm;
  std::int64_t seed = 0;
  std::vector<std::string> fields;  // store::differences
};

// Trials that have a final record in both stores: the same arm and seed.
struct Bits {
  std::size_t trials = 0;
  std::size_t same = 0;          // the same id, and the same bits in all that may not vary between two runs
  std::vector<OtherBits> other;  // the same id, and other bits
};

// A fact of the contexts of both stores with other values in one than in the other.
struct FactChange {
  std::string key;                // "libtorch"
  std::string label;              // "LibTorch"
  std::map<Json, std::size_t> a;  // value -> number of records; empty where no record states it
  std::map<Json, std::size_t> b;
};

struct Changes {
  const Results* a = nullptr;
  const Results* b = nullptr;
  Metric metric;
  double margin = 0;  // in the metric's unit
  // Seeds of one of the stores were added by looking: the tests of pairs and rates are those that hold at every look
  // (analysis/looks.h), and there is none of samples.
  bool looked = false;
  Matching matching;
  std::vector<ArmChange> arms;  // of each pair of `matching`
  std::size_t tested = 0;       // the family of Holm's adjustment: all but those of the same bits or without a test
  Bits bits;
  std::vector<FactChange> facts;  // of the records of the arms in common; without what only concerns times
  std::vector<DataFact> data_a;   // both empty if the data are the same
  std::vector<DataFact> data_b;
  TimeChanges times;

  explicit Changes(Metric of) : metric(std::move(of)) {}
  Changes(Changes&&) = default;
  Changes& operator=(Changes&&) = default;
  Changes(const Changes&) = delete;  // arms point into `matching`

  std::size_t significant() const;
};

// Compares `metric`, the higher the "better"; `looked` is Changes::looked. Throws Error(usage) when the stores can't be
// compared: no arm in common, no trial that ended in both, a metric that one of them lacks. The results must outlive
// the changes.
Changes changes(Results& a, Results& b, const Metric& metric, double margin, bool looked);

}  // namespace bnexp::analysis
