// JSON writes a character beyond U+FFFF in a quoted text as two escapes, "\\ud83d\\ude00". YAML has no such pairs, and
// yaml-cpp refuses them.
#pragma once

#include <string>

namespace bnexp::config {

// Replaces each pair by its character and by bytes that no UTF-8 text has. The number of bytes, and thus all columns,
// stay the same.
void hide_surrogates(std::string& yaml);

// The text of a scalar with replaced pairs: characters in double quotes, else the escapes as typed.
std::string with_surrogates(const std::string& scalar, bool double_quoted);

}  // namespace bnexp::config
