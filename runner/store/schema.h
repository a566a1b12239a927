// Checks JSON against a JSON Schema (draft 2020-12): the keywords that record.schema.json uses, and no others.
#pragma once

#include <optional>
#include <string>

#include "base/json.h"

namespace bnexp::store {

// record.schema.json, compiled into the program.
const Json& record_schema();

// The first place where `json` breaks `schema`: "metrics.test_accuracy is above 1". nullopt if it satisfies it. Throws
// std::logic_error for a keyword that it does not know.
std::optional<std::string> violation(const Json& json, const Json& schema);

}  // namespace bnexp::store
