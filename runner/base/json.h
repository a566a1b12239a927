// JSON as the project uses it: object keys sorted, doubles written in their shortest exact form, so that
// equal values are equal bytes.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace bnexp {

using Json = nlohmann::json;

// `json` in one line. A byte that isn't UTF-8 (an error text's, perhaps) becomes U+FFFD.
std::string to_line(const Json& json);

// An object as a file: each top-level key on a line of its own.
std::string to_file(const Json& object);

}  // namespace bnexp
