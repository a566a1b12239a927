#include "config/document/syntax.h"

#include <fmt/format.h>
#include <yaml-cpp/exceptions.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace bnexp::config {
namespace {

struct Complaint {
  std::string_view parser;
  const char* message;
  const char* hint;
};

// yaml-cpp's messages for typing errors, and what to change.
const std::array kComplaints{
    Complaint{YAML::ErrorMsg::END_OF_MAP, "this line does not fit the map it is in",
              "is it indented like the lines around it, with a space after each colon (key: value)?"},
    Complaint{YAML::ErrorMsg::END_OF_SEQ, "this line does not fit the list it is in",
              "indent every '-' of the list equally"},
    Complaint{YAML::ErrorMsg::MAP_VALUE, "a ':' is not allowed here", "text that holds ': ' needs quotes"},
    Complaint{YAML::ErrorMsg::MAP_KEY, "a key is not allowed here", "is it indented like the keys around it?"},
    Complaint{YAML::ErrorMsg::BLOCK_ENTRY, "a list item '- ' is not allowed here",
              "start the list on a new line, or write it in brackets: [a, b]"},
    Complaint{YAML::ErrorMsg::UNKNOWN_ANCHOR, "this alias refers to no anchor above it",
              "text that begins with '*' needs quotes"},
    Complaint{YAML::ErrorMsg::ALIAS_NOT_FOUND, "'*' begins an alias", "text that begins with '*' needs quotes"},
    Complaint{YAML::ErrorMsg::ANCHOR_NOT_FOUND, "'&' begins an anchor", "text that begins with '&' needs quotes"},
    Complaint{YAML::ErrorMsg::CHAR_IN_ALIAS, "'*' begins an alias", "text that begins with '*' needs quotes"},
    Complaint{YAML::ErrorMsg::CHAR_IN_ANCHOR, "'&' begins an anchor", "text that begins with '&' needs quotes"},
    Complaint{YAML::ErrorMsg::UNKNOWN_TOKEN, "text cannot begin with this character", "put the text in quotes"},
    Complaint{YAML::ErrorMsg::INVALID_ESCAPE, "an unknown escape sequence in double quotes",
              "use single quotes for text with literal backslashes"},
    Complaint{YAML::ErrorMsg::INVALID_UNICODE, "this escape is half of a surrogate pair, or no character",
              R"(write the character itself, or both halves, as in "\ud83d\ude00")"},
};

std::size_t indentation(std::string_view line) { return std::min(line.find_first_not_of(' '), line.size()); }

bool is_blank(std::string_view line) {
  const std::size_t first = line.find_first_not_of(" \t\r");
  return first == std::string_view::npos || line[first] == '#';
}

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

// A ':' that is not allowed. Usually the cause is the line above, which has no ':', or the line itself is indented too
// deeply, and both are read as one text.
Problem explain_colon(const Places& places, int line, int byte_column) {
  const std::string_view own = places.line(line);
  const bool first_colon = own.substr(0, static_cast<std::size_t>(byte_column)).find(": ") == std::string_view::npos;
  int above = line - 1;
  while (above >= 0 && is_blank(places.line(above))) --above;
  if (first_colon && above >= 0) {
    const std::string_view previous = places.line(above);
    const auto start = static_cast<int>(indentation(previous));
    const auto length = static_cast<int>(trim(previous).size());
    const std::size_t colon = previous.find(':');
    if (colon == std::string_view::npos) {
      return {places.at(above, start, length), "this line has no ':'", "settings are written key: value"};
    }
    if (previous.find(": ") == std::string_view::npos && !trim(previous.substr(colon + 1)).empty()) {
      return {places.at(above, static_cast<int>(colon)), "a ':' needs a space after it",
              fmt::format("write {}: {}", trim(previous.substr(0, colon)), trim(previous.substr(colon + 1)))};
    }
    if (indentation(own) > indentation(previous)) {
      return {places.at(line, static_cast<int>(indentation(own)), byte_column - static_cast<int>(indentation(own))),
              "this line is indented deeper than the one above it, which already has its value",
              "indent both lines equally"};
    }
  }
  const std::size_t end = own.find(": ");
  const bool plain_text = !first_colon && own.find_first_of("\"'{}[]#") == std::string_view::npos;
  return {places.at(line, byte_column), "a ':' is not allowed here",
          plain_text
              ? fmt::format("text that holds ': ' needs quotes: {}: \"{}\"", trim(own.substr(0, end)),
                            trim(own.substr(end + 1)))
              : "text that holds ': ' needs quotes; a nested map starts on a new line, or in braces: {key: value}"};
}

// The unclosed quote: the last one that begins a text.
Problem explain_quote(const Source& source, const Places& places) {
  const std::string& text = source.text;
  for (std::size_t at = text.size(); at-- > 0;) {
    const bool begins = at == 0 || std::string_view(" \n[{,:=").find(text[at - 1]) != std::string_view::npos;
    if ((text[at] == '"' || text[at] == '\'') && begins) {
      return {places.at_byte(at), "this quote is not closed", fmt::format("add {} at the end of the text", text[at])};
    }
  }
  return {places.at_byte(text.size()), "a quoted text is not closed", ""};
}

// A comma or a closing bracket is missing.
Problem explain_bracket(const Mark& mark, const OpenBracket& bracket) {
  if (mark.line != bracket.mark.line) {
    return {bracket.mark, fmt::format("this '{}' is not closed", bracket.open),
            fmt::format("expected ',' or '{}' before line {}", bracket.close, mark.line)};
  }
  return {mark, fmt::format("expected ',' or '{}' here", bracket.close),
          fmt::format("for the '{}' in column {}", bracket.open, bracket.mark.column)};
}

}  // namespace

Problem explain_syntax(const Source& source, const Places& places, const std::string& parser_message, int line,
                       int byte_column, const std::optional<OpenBracket>& bracket) {
  const auto is = [&](std::string_view message) { return parser_message.starts_with(message); };
  const Mark mark = places.at(line, byte_column);
  if (bracket &&
      (is(YAML::ErrorMsg::END_OF_MAP_FLOW) || is(YAML::ErrorMsg::END_OF_SEQ_FLOW) || is(YAML::ErrorMsg::FLOW_END))) {
    return explain_bracket(mark, *bracket);
  }
  if (is(YAML::ErrorMsg::FLOW_END))
    return {mark, "this bracket has no opening bracket", "remove it, or add the opening bracket"};
  if (is(YAML::ErrorMsg::EOF_IN_SCALAR) || is(YAML::ErrorMsg::DOC_IN_SCALAR)) return explain_quote(source, places);
  if (is(YAML::ErrorMsg::MAP_VALUE)) return explain_colon(places, line, byte_column);
  for (const auto& complaint : kComplaints) {
    if (is(complaint.parser)) return {mark, complaint.message, complaint.hint};
  }
  return {mark, "not valid YAML: " + parser_message, ""};
}

}  // namespace bnexp::config
