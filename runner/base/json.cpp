#include "base/json.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/text.h"

namespace bnexp {
namespace {

// The same value. Object keys that occur twice: the last one counts.
Json json_of(const simdjson::dom::element& element) {
  using enum simdjson::dom::element_type;
  switch (element.type()) {
    case ARRAY: {
      const simdjson::dom::array items = element.get_array().value_unsafe();
      Json::array_t result;
      result.reserve(items.size());
      for (const auto item : items) result.push_back(json_of(item));
      return result;
    }
    case OBJECT: {
      const simdjson::dom::object members = element.get_object().value_unsafe();
      Json::object_t result;
      for (const auto [key, value] : members) {
        // Keys are sorted in the files that bnexp writes.
        result.insert_or_assign(result.end(), std::string(key), json_of(value));
      }
      return result;
    }
    case INT64: {
      const std::int64_t value = element.get_int64().value_unsafe();
      return value < 0 ? Json(value) : Json(static_cast<std::uint64_t>(value));
    }
    case UINT64:
      return element.get_uint64().value_unsafe();
    case DOUBLE:
      return element.get_double().value_unsafe();
    case STRING:
      return element.get_string().value_unsafe();
    case BOOL:
      return element.get_bool().value_unsafe();
    case NULL_VALUE:
      break;
  }
  return nullptr;
}

}  // namespace

std::optional<Json> parse_json(std::string_view text) {
  thread_local simdjson::dom::parser parser;  // keeps its buffers
  if (parser.allocate(std::max(text.size(), parser.capacity()), kDeepestJson) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  simdjson::dom::element element;
  if (parser.parse(text.data(), text.size()).get(element) != simdjson::SUCCESS) return std::nullopt;
  return json_of(element);
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
