// What of a trial's settings decides its id.
#pragma once

#include "base/json.h"

namespace bnexp::config {

// The canonical form of a trial's resolved settings that its id is a hash of. A setting that was added later and has
// the value that trials recorded before then stand for is left out, so that their ids stay.
Json identity(const Json& settings);

// The semantics numbers, where they are not 0, of the variants that `settings` use: {"schedule/one_cycle": 1}.
Json semantics(const Json& settings);

}  // namespace bnexp::config
