#include "report/escape.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace bnexp::report {
namespace {

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

// On one line, with control characters and bidirectional controls as visible escapes.
std::string one_line(std::string_view text) {
  std::string line(text);
  std::ranges::replace_if(
      line, [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
  return printable(line);
}

// The same for every text inside `json`, also its keys.
Json displayed(const Json& json) {
  if (json.is_string()) return one_line(json.get_ref<const std::string&>());
  if (json.is_array()) {
    Json result = Json::array();
    for (const auto& item : json) result.push_back(displayed(item));
    return result;
  }
  if (json.is_object()) {
    Json result = Json::object();
    for (const auto& [key, item] : json.items()) result[one_line(key)] = displayed(item);
    return result;
  }
  return json;
}

}  // namespace

std::string html_escaped(std::string_view text) {
  std::string result;
  for (const char c : one_line(text)) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      case '\'':
        result += "&#39;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

std::string script_json(const Json& json) {
  std::string text = to_line(json);
  // Most data needs no further change: dump writes control characters as \b, \n, \u001b.
  bool clean = printable(text) == text;
  for (std::size_t at = text.find('\\'); clean && at != std::string::npos; at = text.find('\\', at + 2)) {
    clean = std::string_view("bfnrtu").find(text[at + 1]) == std::string_view::npos;
  }
  if (!clean) text = to_line(displayed(json));
  std::string result;
  for (const char c : text) {
    if (c == '<' || c == '>' || c == '&') {
      result += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      result += c;
    }
  }
  return result;
}

std::string inline_script(std::string text) {
  replace_all(text, "</script", "<\\/script");
  replace_all(text, "<!--", "<\\!--");
  return text;
}

std::string markdown_escaped(std::string_view text) {
  std::string result;
  for (const char c : one_line(text)) {
    switch (c) {
      case '\\':
      case '`':
      case '*':
      case '[':
      case ']':
      case '|':
        result += '\\';
        result += c;
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '&':
        result += "&amp;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

}  // namespace bnexp::report
