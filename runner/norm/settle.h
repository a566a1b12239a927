// What a norm's settings take from the machine when a suite is read, so that from then on they say everything a trial
// depends on: the checksum of a file that they name. Free of LibTorch.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "config/settings/fields.h"

namespace bnexp::norm {

// Environment variable with the configuration's folder, which files are relative to. Set by whoever reads a suite, for
// itself and the processes it starts.
inline constexpr const char* kConfigFolder = "BNEXP_CONFIG_DIR";

// What that variable says; empty is the current folder.
std::filesystem::path config_folder();

bool add_settling(const std::string& name, std::function<void(Json& settings)> settle);

// Settings that pass `check`; most norms leave them as they are.
void settle(config::Variant& norm);

}  // namespace bnexp::norm
