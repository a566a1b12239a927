#include "base/json.h"

#include <fmt/format.h>

namespace bnexp {

std::string to_line(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::string to_file(const Json& object) {
  std::string text = "{";
  for (const auto& [key, value] : object.items()) {
    text += fmt::format("{}\n{}: {}", text.size() > 1 ? "," : "", to_line(key), to_line(value));
  }
  return text + "\n}\n";
}

}  // namespace bnexp
