// JSON as the project uses it: object keys sorted, doubles written in their shortest exact form, so that
// equal values are equal bytes.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace bnexp {

using Json = nlohmann::json;

// A value as a person writes it: text without quotes, the shortest form of a number, [1, 2], batch(momentum=0.2) for
// {"name": "batch", "momentum": 0.2}, {lr=0.1} for an object without a name.
std::string value_text(const Json& value);

// `json` in one line. A byte that isn't UTF-8 (an error text's, perhaps) becomes U+FFFD.
std::string to_line(const Json& json);

inline constexpr std::size_t kDeepestJson = 128;  // lists and objects within each other

// The JSON that `text` holds; nullopt when it is no JSON, or nested deeper than kDeepestJson, which copying and writing
// it would need too much stack for.
std::optional<Json> parse_json(std::string_view text);

// An object as a file: each top-level key on a line of its own.
std::string to_file(const Json& object);

}  // namespace bnexp
