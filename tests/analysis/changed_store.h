// Two states of a small suite, for tests of comparisons between stores.
#pragma once

#include <functional>
#include <utility>

#include "analysis/changes.h"
#include "analysis/sample.h"
#include "base/hash.h"

namespace bnexp::sample {

// Three norms and `seeds` seeds, at an accuracy of about 0.97; `change` is given every record.
inline Store three_norms(int seeds, const std::function<void(store::Record&)>& change = {}) {
  std::vector<store::Manifest::Arm> arms;
  for (const char* norm : {"none", "batch", "layer"}) arms.push_back({std::string("norm=") + norm, {{"norm", norm}}});
  return planned("norms", "Which norm?", {"norm"}, arms, seeds, change);
}

inline Store one_norm(int seeds, const std::function<void(store::Record&)>& change = {}) {
  return planned("norms", "Which norm?", {"norm"}, {{"norm=batch", {{"norm", "batch"}}}}, seeds, change);
}

// Changes a setting, and with it the trial's id.
inline void set(store::Record& record, const std::string& pointer, const Json& value) {
  record.settings[Json::json_pointer(pointer)] = value;
  record.trial = store::trial_id(record.settings, sha256_hex("images"));
}

// Adds to the test accuracy.
inline void shift(store::Record& record, double by) {
  Json& accuracy = record.result.metrics["test_accuracy"];
  accuracy = accuracy.get<double>() + by;
}

// A small number that depends on the seed: 0, -1e-4 or 1e-4.
inline double seed_noise(const store::Record& record) { return 1e-4 * static_cast<double>(record.seed % 3 - 1); }

// The changes between two stores, with the results that they point into.
class Changed {
 public:
  Changed(const Store& a, const Store& b, const std::string& metric = "test_accuracy", double margin = 0.002,
          bool looked = false)
      : a_(analysis::gather(a.manifest, a.records)),
        b_(analysis::gather(b.manifest, b.records)),
        changes_(analysis::changes(a_, b_, analysis::Metric(metric, {}), margin, looked)) {}

  const analysis::Changes* operator->() const { return &changes_; }
  const analysis::Changes& operator*() const { return changes_; }

 private:
  analysis::Results a_, b_;
  analysis::Changes changes_;
};

}  // namespace bnexp::sample
