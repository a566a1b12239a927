// Whether two stores hold parts of one sweep, so that one report can be about the trials of both.
#pragma once

#include <string>
#include <vector>

#include "store/plan.h"

namespace bnexp::store {

struct NamedPlan {
  Manifest plan;
  std::string store;  // its folder
};

// A sentence for each reason why these are not the plans of two parts of one sweep; it names both stores. Parts have
// the same question, thresholds, comparison, claims and swept keys, and the same settings and data apart from those.
// Arms, seeds and limits may differ. A plan of version 1 has no settings, which is a reason, too.
std::vector<std::string> sweep_differences(const NamedPlan& a, const NamedPlan& b);

}  // namespace bnexp::store
