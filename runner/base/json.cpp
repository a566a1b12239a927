#include "base/json.h"

#include <fmt/format.h>

#include <vector>

#include "base/text.h"

namespace bnexp {
namespace {

// Whether brackets outside of strings are nested deeper than kDeepestJson.
bool too_deep(std::string_view text) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kDeepestJson) return true;
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
  return false;
}

}  // namespace

std::optional<Json> parse_json(std::string_view text) {
  if (too_deep(text)) return std::nullopt;
  Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) return std::nullopt;
  return json;
}

std::string value_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_float()) return shortest(value.get<double>());
  if (!value.is_structured()) return to_line(value);
  std::vector<std::string> items;
  for (const auto& [key, item] : value.items()) {
    if (value.is_array()) items.push_back(value_text(item));
    if (value.is_object() && key != "name") items.push_back(key + "=" + value_text(item));
  }
  const std::string inner = join(items, ", ");
  if (value.is_array()) return "[" + inner + "]";
  if (!value.contains("name")) return "{" + inner + "}";
  return value_text(value["name"]) + (inner.empty() ? "" : "(" + inner + ")");
}

std::string to_line(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::string to_file(const Json& object) {
  std::string text = "{";
  for (const auto& [key, value] : object.items()) {
    text += fmt::format("{}\n{}: {}", text.size() > 1 ? "," : "", to_line(key), to_line(value));
  }
  return text + "\n}\n";
}

}  // namespace bnexp
