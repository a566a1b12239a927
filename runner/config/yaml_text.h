// What can be said of a text before it is parsed as YAML, and of a parser's complaint after.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/node.h"
#include "config/problem.h"

namespace bnexp::config {

// Turns places counted in bytes from 0, as parsers do, into marks of a source.
class Places {
 public:
  explicit Places(std::shared_ptr<const Source> source);
  Mark at(int line, int byte_column, int length = 1) const;

 private:
  std::shared_ptr<const Source> source_;
  std::vector<std::size_t> starts_;  // of lines, in bytes
};

// The first reason not to parse a text: bytes that aren't UTF-8, control characters, tabs as indentation.
std::optional<Problem> unreadable(const Source& source, const Places& places);

// A YAML parser's message in the words of somebody who wants the file to work.
struct Explained {
  std::string message;
  std::string hint;
};
Explained explain_syntax(const std::string& parser_message);

}  // namespace bnexp::config
