// JSON as the project uses it: object keys sorted, doubles written in their shortest exact form, so that
// equal values are equal bytes.
#pragma once

#include <nlohmann/json.hpp>

namespace bnexp {

using Json = nlohmann::json;

}  // namespace bnexp
