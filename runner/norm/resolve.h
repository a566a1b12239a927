// Completes a norm's settings when a suite is read: adds the checksum of a file that they name, so that the settings
// then determine the trial. Free of LibTorch.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "config/settings/fields.h"

namespace bnexp::norm {

// For a norm whose settings name files in norm.folder.
bool add_resolver(const std::string& name, std::function<void(config::Variant& norm)> resolve);

// Completes settings that pass `check`, and sets the folder of the files that they name. Does nothing for norms that
// name no file. Throws Error, naming the file.
void resolve(config::Variant& norm, const std::filesystem::path& folder);

}  // namespace bnexp::norm
