// Variants on the command line.
#pragma once

#include <string>

#include "config/settings/fields.h"

namespace bnexp::config {

// What `text`, the value of the option `option`, says: "workers", or "{name: workers, grace_s: 5}". Throws Error(usage)
// with everything that is wrong with it.
Variant read_option(const std::string& option, const std::string& text, const std::string& kind);

}  // namespace bnexp::config
