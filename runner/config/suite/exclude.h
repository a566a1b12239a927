// The rules of a sweep's `exclude`.
#pragma once

#include <vector>

#include "base/json.h"
#include "config/document/problem.h"
#include "config/suite/sweep.h"

namespace bnexp::config {

// Whether a rule excludes the arm with these settings; counts its hits.
bool excludes(Rule& rule, const Json& settings);

// Reports rules and alternatives that no arm matched. Rules on keys that aren't swept were refused when reading.
void refuse_idle(const Sweep& sweep, std::vector<Problem>& problems);

}  // namespace bnexp::config
