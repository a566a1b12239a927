// The part of a trial's settings that decides its id.
#pragma once

#include <vector>

#include "base/json.h"

namespace bnexp::config {

struct Parameter;

// The canonical form of a trial's resolved settings, which its id is a hash of. It leaves out settings that were added
// later (Fields::introduced) and have the value of the trials recorded before, so that ids stay the same. Values that
// don't fit the settings, in an edited record, stay as they are.
Json identity(const Json& settings);

// The semantics numbers, where they are not 0, of the variants that `settings` use: {"schedule/one_cycle": 1}.
Json semantics(const Json& settings);

// The same for settings that `parameters` describe, those of a trial among them.
Json identity(Json settings, const std::vector<Parameter>& parameters);
Json semantics(const Json& settings, const std::vector<Parameter>& parameters);

}  // namespace bnexp::config
