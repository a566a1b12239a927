// The version of a checkpoint's format. Free of LibTorch.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace bnexp::train {

//   1  the first
//   2  a checksum
inline constexpr int kStateVersion = 2;

// The key of the JSON in the metadata of a checkpoint, a safetensors file.
inline constexpr const char* kStateKey = "bnexp";

// Error(environment) naming `where` if a newer release wrote this checkpoint: it must not be replaced, and its trial
// not be started over. nullopt for other checkpoints, and for bytes that are none.
std::optional<Error> newer_state(std::string_view bytes, const std::string& where);

// The number of steps that this checkpoint has taken; nullopt for bytes that are none.
std::optional<std::int64_t> saved_step(std::string_view bytes);

}  // namespace bnexp::train
