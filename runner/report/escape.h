// Escapes text from YAML files and records, which is data in every format. Line breaks become spaces; other control
// characters and bidirectional controls become visible escapes, as by `printable`.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"

namespace bnexp::report {

// For HTML text and for attributes in either kind of quotes.
std::string html_escaped(std::string_view text);

// For a <script type="application/json"> block: the result can't end the block or open a comment.
std::string script_json(const Json& json);

// For the text of a script or style inside its element. Only string and regular-expression literals of the chart
// library have such sequences, where the escape means the same.
std::string inline_script(std::string text);

// For running Markdown text and the cells of a table.
std::string markdown_escaped(std::string_view text);

}  // namespace bnexp::report
