// Variants on the command line.
#pragma once

#include <string>

#include "config/settings/fields.h"

namespace bnexp::config {

// Parses `text`, the value of the command-line option `option`: "workers", or "{name: workers, grace_s: 5}". Throws
// Error(usage) with every error in it.
Variant read_option(const std::string& option, const std::string& text, const std::string& kind);

}  // namespace bnexp::config
