// Arms that two stores have in common, and the settings in which they differ.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/results.h"

namespace bnexp::analysis {

struct SettingChange {
  std::string key;  // "train.optimizer.lr"; "norm" for another norm; "semantics.engine" (store::Record::semantics)
  std::optional<Json> a;  // none: there is no such setting
  std::optional<Json> b;
};

struct ArmPair {
  const Arm* a = nullptr;
  const Arm* b = nullptr;
  std::vector<SettingChange> settings;  // all that differ, without the seed
};

struct Matching {
  std::vector<ArmPair> pairs;  // in the order of a's arms
  std::vector<const Arm*> only_a;
  std::vector<const Arm*> only_b;
};

// Each arm of `a` with the arm of `b` that has the same settings, else the same swept values, else the same label.
// A setting that one program lacks, and that has the value of the trials recorded before it was added, is no
// difference. The results must outlive the matching.
Matching match_arms(const Results& a, const Results& b);

}  // namespace bnexp::analysis
