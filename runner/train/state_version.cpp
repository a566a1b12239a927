#include "train/state_version.h"

#include <fmt/format.h>

#include "base/json.h"
#include "base/safetensors.h"

namespace bnexp::train {

std::optional<Error> newer_state(std::string_view bytes, const std::string& where) {
  std::optional<Json> values;
  try {
    const auto metadata = safetensors::read(bytes, where).metadata;
    if (const auto text = metadata.find(kStateKey); text != metadata.end()) values = parse_json(text->second);
  } catch (const Error&) {  // damaged
  }
  if (!values || !values->is_object()) return std::nullopt;
  const auto version = values->find("schema_version");
  if (version == values->end() || !version->is_number_integer() || *version <= kStateVersion) return std::nullopt;
  return environment_error(
      fmt::format("{} is a checkpoint of version {}, and this bnexp reads versions 1 to {}", where, version->dump(),
                  kStateVersion),
      "its trial is left as it is; use the release of bnexp that wrote it, or remove the file to start the trial over");
}

}  // namespace bnexp::train
