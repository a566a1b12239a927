// Explains errors of the YAML parser.
#pragma once

#include <optional>
#include <string>

#include "config/document/problem.h"
#include "config/document/text.h"

namespace bnexp::config {

// A list or map in brackets that is open when the parser stops.
struct OpenBracket {
  Mark mark;
  char open = '[';
  char close = ']';
};

// A parser's error as a problem that says what to change, at the place to change.
Problem explain_syntax(const Source& source, const Places& places, const std::string& parser_message, int line,
                       int byte_column, const std::optional<OpenBracket>& bracket);

}  // namespace bnexp::config
