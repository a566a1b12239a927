#include "config/yaml_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace bnexp::config {
namespace {

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

// Bytes of the well-formed UTF-8 sequence at `at` (Unicode 15, table 3-7); 0 when there is none.
std::size_t sequence_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) {
    return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : static_cast<unsigned char>(0);
  };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  std::size_t length = 0;
  unsigned char low = 0x80;
  unsigned char high = 0xbf;
  if (first >= 0xc2 && first <= 0xdf) length = 2;
  if (first >= 0xe0 && first <= 0xef) length = 3;
  if (first >= 0xf0 && first <= 0xf4) length = 4;
  if (first == 0xe0) low = 0xa0;
  if (first == 0xed) high = 0x9f;
  if (first == 0xf0) low = 0x90;
  if (first == 0xf4) high = 0x8f;
  if (length == 0 || byte(1) < low || byte(1) > high) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if (byte(i) < 0x80 || byte(i) > 0xbf) return 0;
  }
  return length;
}

}  // namespace

Places::Places(std::shared_ptr<const Source> source) : source_(std::move(source)), starts_{0} {
  const std::string& text = source_->text;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') starts_.push_back(i + 1);
  }
}

std::size_t Places::byte(int line, int byte_column) const {
  const auto row = static_cast<std::size_t>(std::max(line, 0));
  if (row >= starts_.size()) return source_->text.size();
  return std::min(source_->text.size(), starts_[row] + static_cast<std::size_t>(std::max(byte_column, 0)));
}

Mark Places::at(int line, int byte_column, int length) const { return at_byte(byte(line, byte_column), length); }

Mark Places::at_byte(std::size_t byte, int length) const {
  const std::string& text = source_->text;
  const auto row = std::upper_bound(starts_.begin(), starts_.end(), byte) - starts_.begin() - 1;
  if (row != counted_line_ || byte < counted_byte_) {
    counted_line_ = static_cast<int>(row);
    counted_byte_ = starts_[static_cast<std::size_t>(row)];
    counted_column_ = 1;
  }
  for (; counted_byte_ < byte; ++counted_byte_) counted_column_ += continues_character(text[counted_byte_]) ? 0 : 1;
  return {source_, counted_line_ + 1, counted_column_, length};
}

std::string_view Places::line(int line) const {
  if (line < 0 || static_cast<std::size_t>(line) >= starts_.size()) return {};
  const std::string_view rest = std::string_view(source_->text).substr(starts_[static_cast<std::size_t>(line)]);
  return rest.substr(0, rest.find('\n'));
}

bool Places::is_null_word(int line, int byte_column) const {
  const std::string_view rest = std::string_view(source_->text).substr(byte(line, byte_column));
  return rest.starts_with("~") || rest.starts_with("null") || rest.starts_with("Null") || rest.starts_with("NULL");
}

std::optional<Problem> unreadable(const Source& source, const Places& places) {
  const std::string& text = source.text;
  int line = 0;
  std::size_t start = 0;
  bool indentation = true;
  for (std::size_t at = 0; at < text.size();) {
    const auto here = [&] { return places.at(line, static_cast<int>(at - start)); };
    const char c = text[at];
    const std::size_t length = sequence_length(text, at);
    if (length == 0 || c == '\0') {
      Mark whole = here();
      whole.line = 0;
      return Problem{whole,
                     fmt::format("not a text file: byte 0x{:02x} in line {} is no UTF-8 text",
                                 static_cast<unsigned char>(c), line + 1),
                     "a configuration is YAML, saved as UTF-8"};
    }
    const bool line_end = c == '\n' || (c == '\r' && at + 1 < text.size() && text[at + 1] == '\n');
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\t' && !line_end) || c == 0x7f) {
      return Problem{here(), fmt::format("control character 0x{:02x}", static_cast<unsigned char>(c)), "remove it"};
    }
    if (indentation && c == '\t') {
      const std::size_t content = text.find_first_not_of(" \t\r", at);
      if (content != std::string::npos && text[content] != '\n' && text[content] != '#') {
        return Problem{here(), "a tab is used as indentation", "YAML wants spaces"};
      }
    }
    indentation = c == '\n' || (indentation && (c == ' ' || c == '\t'));
    at += length;
    if (c == '\n') {
      ++line;
      start = at;
    }
  }
  return std::nullopt;
}

}  // namespace bnexp::config
