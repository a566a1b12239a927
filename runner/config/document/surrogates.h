// JSON writes a character beyond U+FFFF in a quoted text as two escapes, "\\ud83d\\ude00". YAML has no such pairs, and
// yaml-cpp refuses them.
#pragma once

#include <string>

namespace bnexp::config {

// Puts in the place of each pair the character itself and bytes that no UTF-8 text has, as many bytes in all, so that
// columns stay.
void hide_surrogates(std::string& yaml);

// What a scalar with hidden pairs says: the characters in double quotes, the escapes as they were typed elsewhere.
std::string with_surrogates(const std::string& scalar, bool double_quoted);

}  // namespace bnexp::config
