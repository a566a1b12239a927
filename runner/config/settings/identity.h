// What of a trial's settings decides its id.
#pragma once

#include <vector>

#include "base/json.h"

namespace bnexp::config {

struct Parameter;

// The canonical form of a trial's resolved settings that its id is a hash of: the settings without those that were
// added later (Fields::introduced) and have the value that trials recorded before then stand for, so that ids stay.
// Values that don't fit the settings, in a record that was edited, stay as they are.
Json identity(const Json& settings);

// The semantics numbers, where they are not 0, of the variants that `settings` use: {"schedule/one_cycle": 1}.
Json semantics(const Json& settings);

// The same for settings that `parameters` describe, those of a trial among them.
Json identity(Json settings, const std::vector<Parameter>& parameters);
Json semantics(const Json& settings, const std::vector<Parameter>& parameters);

}  // namespace bnexp::config
