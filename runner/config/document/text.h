// A text before parsing: places in it, and whether it can be YAML.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "config/document/problem.h"

namespace bnexp::config {

// Converts places, counted in bytes from 0 as parsers do, to marks of a source. Fast when asked in reading order.
class Places {
 public:
  explicit Places(std::shared_ptr<const Source> source);
  Mark at(int line, int byte_column, int length = 1) const;
  Mark at_byte(std::size_t byte, int length = 1) const;
  std::size_t byte(int line, int byte_column) const;
  std::string_view line(int line) const;                   // without the line end; empty outside of the text
  bool is_null_word(int line, int byte_column) const;      // whether an explicit null is there
  bool is_double_quoted(int line, int byte_column) const;  // of a quoted text there, also after an anchor

 private:
  std::shared_ptr<const Source> source_;
  std::vector<std::size_t> starts_;  // of lines, in bytes
  mutable std::size_t counted_byte_ = 0;
  mutable int counted_line_ = -1;
  mutable int counted_column_ = 1;
};

// The first reason not to parse a text: bytes that aren't UTF-8, control characters, tabs as indentation.
std::optional<Problem> unreadable(const Source& source, const Places& places);

}  // namespace bnexp::config
