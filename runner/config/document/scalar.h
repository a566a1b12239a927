// Values of YAML scalars: the core schema of YAML 1.2, without its surprising forms. Numbers are decimal, without
// leading zeros, underscores, hexadecimal or octal forms; the only booleans are true and false; quotes make text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/json.h"
#include "config/document/node.h"

namespace bnexp::config {

std::optional<bool> boolean_of(const Node& node);          // true, false (also True, TRUE, ...)
std::optional<std::int64_t> integer_of(const Node& node);  // 300, -1; not 300.0, 3e2, 0x12c, 0300
std::optional<double> real_of(const Node& node);           // 0.1, 1e-3, .5, 2; finite only

// Unquoted scalars become what they look like: booleans, numbers, else text.
Json to_json(const Node& node);

// A short description for messages: "text 'abc'", "1.5", "true", "a list", "a map", "nothing".
std::string describe(const Node& node);

// A hint for a scalar that isn't the expected boolean, integer or real; may be empty.
std::string boolean_hint(const Node& node);
std::string integer_hint(const Node& node);
std::string real_hint(const Node& node);

// The same if null is allowed, which other languages call none.
std::string nullable_hint(const Node& node);

}  // namespace bnexp::config
