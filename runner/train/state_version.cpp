#include "train/state_version.h"

#include <fmt/format.h>

#include "base/json.h"
#include "base/safetensors.h"

namespace bnexp::train {
namespace {

// A whole number of a checkpoint's JSON. nullopt if there is none, or the bytes are no checkpoint.
std::optional<std::int64_t> number_in(std::string_view bytes, const char* key) {
  try {
    const auto metadata = safetensors::read(bytes, "the checkpoint").metadata;
    const auto text = metadata.find(kStateKey);
    const auto values = text == metadata.end() ? std::nullopt : parse_json(text->second);
    if (!values || !values->is_object()) return std::nullopt;
    const Json number = values->value(key, Json());
    return number.is_number_integer() ? std::optional(number.get<std::int64_t>()) : std::nullopt;
  } catch (const Error&) {  // damaged
    return std::nullopt;
  }
}

}  // namespace

std::optional<Error> newer_state(std::string_view bytes, const std::string& where) {
  const auto version = number_in(bytes, "schema_version");
  if (!version || *version <= kStateVersion) return std::nullopt;
  return environment_error(
      fmt::format("{} is a checkpoint of version {}, and this bnexp reads versions 1 to {}", where, *version,
                  kStateVersion),
      "its trial is left as it is; use the release of bnexp that wrote it, or remove the file to start the trial over");
}

std::optional<std::int64_t> saved_step(std::string_view bytes) { return number_in(bytes, "step"); }

}  // namespace bnexp::train
