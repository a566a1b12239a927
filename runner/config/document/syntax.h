// What a YAML parser's complaint means.
#pragma once

#include <optional>
#include <string>

#include "config/document/problem.h"
#include "config/document/text.h"

namespace bnexp::config {

// An open list or map in brackets, while the parser was at work.
struct OpenBracket {
  Mark mark;
  char open = '[';
  char close = ']';
};

// A YAML parser's complaint as a problem that says what to change, at the place to change.
Problem explain_syntax(const Source& source, const Places& places, const std::string& parser_message, int line,
                       int byte_column, const std::optional<OpenBracket>& bracket);

}  // namespace bnexp::config
