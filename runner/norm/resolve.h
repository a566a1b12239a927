// What a norm's settings take from the machine when a suite is read, so that from then on they say everything a trial
// depends on: the checksum of a file that they name. Free of LibTorch.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "config/settings/fields.h"

namespace bnexp::norm {

// For a norm whose settings name files, which are in norm.folder.
bool add_resolver(const std::string& name, std::function<void(config::Variant& norm)> resolve);

// Completes settings that pass `check`, and sets the folder of the files that they name. Norms that name no file stay
// as they are. Throws Error, naming the file.
void resolve(config::Variant& norm, const std::filesystem::path& folder);

}  // namespace bnexp::norm
