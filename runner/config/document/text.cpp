#include "config/document/text.h"

#include <fmt/format.h>
#include <utf8cpp/utf8.h>

#include <algorithm>
#include <utility>

namespace bnexp::config {

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
  const char* from = text.data() + counted_byte_;
  counted_column_ += static_cast<int>(utf8::unchecked::distance(from, text.data() + byte));
  counted_byte_ = byte;
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

bool Places::is_double_quoted(int line, int byte_column) const {
  const std::size_t quote = source_->text.find_first_of("\"'", byte(line, byte_column));
  return quote != std::string::npos && source_->text[quote] == '"';
}

std::optional<Problem> unreadable(const Source& source, const Places& places) {
  const std::string& text = source.text;
  const auto invalid = static_cast<std::size_t>(utf8::find_invalid(text.begin(), text.end()) - text.begin());
  const std::size_t binary = std::min(invalid, text.find('\0'));
  if (binary < text.size()) {
    Mark whole = places.at_byte(binary);
    const int line = std::exchange(whole.line, 0);
    return Problem{whole,
                   fmt::format("not a text file: byte 0x{:02x} in line {} is not UTF-8",
                               static_cast<unsigned char>(text[binary]), line),
                   "a configuration is YAML, saved as UTF-8"};
  }
  bool indentation = true;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    const bool line_end = c == '\n' || (c == '\r' && at + 1 < text.size() && text[at + 1] == '\n');
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\t' && !line_end) || c == 0x7f) {
      return Problem{places.at_byte(at), fmt::format("control character 0x{:02x}", static_cast<unsigned char>(c)),
                     "remove it"};
    }
    if (indentation && c == '\t') {
      const std::size_t content = text.find_first_not_of(" \t\r", at);
      if (content != std::string::npos && text[content] != '\n' && text[content] != '#') {
        return Problem{places.at_byte(at), "a tab is used as indentation", "YAML is indented with spaces"};
      }
    }
    indentation = c == '\n' || (indentation && (c == ' ' || c == '\t'));
  }
  return std::nullopt;
}

}  // namespace bnexp::config
