// The reference of all keys.
#pragma once

#include <string>

namespace bnexp::config {

// The configuration reference, Markdown.
std::string reference_markdown();

}  // namespace bnexp::config
