// What can be said of a text before it is parsed as YAML, and of a parser's complaint after.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/node.h"
#include "config/problem.h"

namespace bnexp::config {

// Turns places counted in bytes from 0, as parsers do, into marks of a source. Quick when asked in reading order.
class Places {
 public:
  explicit Places(std::shared_ptr<const Source> source);
  Mark at(int line, int byte_column, int length = 1) const;
  Mark at_byte(std::size_t byte, int length = 1) const;
  std::size_t byte(int line, int byte_column) const;
  std::string_view line(int line) const;               // without its end; empty outside the text
  bool is_null_word(int line, int byte_column) const;  // whether a null is written there, rather than left out

 private:
  std::shared_ptr<const Source> source_;
  std::vector<std::size_t> starts_;  // of lines, in bytes
  mutable std::size_t counted_byte_ = 0;
  mutable int counted_line_ = -1;
  mutable int counted_column_ = 1;
};

// The first reason not to parse a text: bytes that aren't UTF-8, control characters, tabs as indentation.
std::optional<Problem> unreadable(const Source& source, const Places& places);

// An open list or map in brackets, while the parser was at work.
struct OpenBracket {
  Mark mark;
  char open = '[';
  char close = ']';
};

// A YAML parser's complaint in the words of somebody who wants the file to work, at the place to mend.
Problem explain_syntax(const Source& source, const Places& places, const std::string& parser_message, int line,
                       int byte_column, const std::optional<OpenBracket>& bracket);

}  // namespace bnexp::config
