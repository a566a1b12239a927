// What a YAML scalar says: the core schema of YAML 1.2, narrowed where it surprises. Numbers are decimal, without
// leading zeros, underscores, hexadecimal or octal forms; booleans are true and false alone; quotes make text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/json.h"
#include "config/document/node.h"

namespace bnexp::config {

std::optional<bool> boolean_of(const Node& node);          // true, false (also True, TRUE, ...)
std::optional<std::int64_t> integer_of(const Node& node);  // 300, -1; not 300.0, 3e2, 0x12c, 0300
std::optional<double> real_of(const Node& node);           // 0.1, 1e-3, .5, 2; finite alone

// Unquoted scalars become what they look like: booleans, numbers, else text.
Json to_json(const Node& node);

// What a person would call it: "text 'abc'", "1.5", "true", "a list", "a map", "nothing".
std::string describe(const Node& node);

// What to do about a scalar that isn't the boolean, integer or real that it should be; may be empty.
std::string boolean_hint(const Node& node);
std::string integer_hint(const Node& node);
std::string real_hint(const Node& node);

// The same where null is allowed, which other languages call none.
std::string nullable_hint(const Node& node);

}  // namespace bnexp::config
