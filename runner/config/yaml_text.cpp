#include "config/yaml_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
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

struct Complaint {
  std::string_view parser;
  const char* message;
  const char* hint;
};

// yaml-cpp's messages that a slip of the pen leads to.
constexpr std::array kComplaints{
    Complaint{"end of map not found", "this line does not fit the map it is in",
              "is it indented like the lines beside it, with a space after each colon (key: value)?"},
    Complaint{"end of sequence not found", "this line does not fit the list it is in",
              "is every '-' of the list indented alike?"},
    Complaint{"end of map flow not found", "expected ',' or '}' here", ""},
    Complaint{"end of sequence flow not found", "expected ',' or ']' here", ""},
    Complaint{"illegal flow end", "this bracket closes nothing", ""},
    Complaint{"illegal map value", "a ':' that begins a value is not allowed here",
              "text that holds ': ' needs quotes; a nested map starts on a new, indented line"},
    Complaint{"illegal map key", "a key is not allowed here", "is it indented like the keys beside it?"},
    Complaint{"illegal block entry", "a list item '- ' is not allowed here",
              "start the list on a new line, or write it in brackets: [a, b]"},
    Complaint{"illegal EOF in scalar", "a quoted text is not closed", "add the missing quote"},
    Complaint{"illegal document indicator in scalar", "a quoted text is not closed", "add the missing quote"},
    Complaint{"the referenced anchor is not defined", "this alias (*name) refers to no anchor (&name) above it", ""},
    Complaint{"alias not found after *", "'*' begins an alias here", "text that begins with '*' needs quotes"},
    Complaint{"anchor not found after &", "'&' begins an anchor here", "text that begins with '&' needs quotes"},
    Complaint{"illegal character found while scanning alias", "'*' begins an alias here",
              "text that begins with '*' needs quotes"},
    Complaint{"illegal character found while scanning anchor", "'&' begins an anchor here",
              "text that begins with '&' needs quotes"},
    Complaint{"unknown token", "text cannot begin with this character", "put the text in quotes"},
    Complaint{"unknown escape character: ", "an unknown escape sequence in double quotes",
              "use single quotes where backslashes stand for themselves"},
    Complaint{"illegal tab when looking for indentation", "a tab is used as indentation", "YAML wants spaces"},
};

}  // namespace

Places::Places(std::shared_ptr<const Source> source) : source_(std::move(source)), starts_{0} {
  const std::string& text = source_->text;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') starts_.push_back(i + 1);
  }
}

Mark Places::at(int line, int byte_column, int length) const {
  const auto row = std::min(static_cast<std::size_t>(std::max(line, 0)), starts_.size() - 1);
  const std::string& text = source_->text;
  const std::size_t end = std::min(text.size(), starts_[row] + static_cast<std::size_t>(std::max(byte_column, 0)));
  int column = 1;
  for (std::size_t i = starts_[row]; i < end; ++i) column += continues_character(text[i]) ? 0 : 1;
  return {source_, static_cast<int>(row) + 1, column, length};
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
      return Problem{here(),
                     fmt::format("not a text file: byte 0x{:02x} is no UTF-8 text", static_cast<unsigned char>(c)),
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

Explained explain_syntax(const std::string& parser_message) {
  for (const auto& complaint : kComplaints) {
    if (parser_message.starts_with(complaint.parser)) return {complaint.message, complaint.hint};
  }
  return {"not valid YAML: " + parser_message, ""};
}

}  // namespace bnexp::config
