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

// A value as text for people: text without quotes, the shortest form of a number, [1, 2], batch(momentum=0.2) for
// {"name": "batch", "momentum": 0.2}, {lr=0.1} for an object without a name.
std::string value_text(const Json& value);

// `json` on one line. Bytes that are not UTF-8, for example of an error text, become U+FFFD.
std::string to_line(const Json& json);

inline constexpr std::size_t kDeepestJson = 128;  // nesting of lists and objects

// Parses `text`. nullopt when it is not JSON, or is nested deeper than kDeepestJson: copying and writing it would need
// too much stack.
std::optional<Json> parse_json(std::string_view text);

// An object as the text of a file: each top-level key on its own line.
std::string to_file(const Json& object);

}  // namespace bnexp
