// Text from YAML files and records is data, wherever it is put. Line breaks become spaces; other control characters and
// bidirectional controls become visible escapes, as `printable` writes them.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"

namespace bnexp::report {

// For HTML text and for attributes in either kind of quotes.
std::string html_escaped(std::string_view text);

// For a <script type="application/json"> block: no sequence in it can end the block or open a comment.
std::string script_json(const Json& json);

// The text of a script or style as it may stand inside its element. Only string and regular-expression literals of
// the chart library hold such sequences, where the escape means the same.
std::string inline_script(std::string text);

// For running Markdown text and the cells of a table.
std::string markdown_escaped(std::string_view text);

}  // namespace bnexp::report
