// `bnexp list`: what a suite can name.
#pragma once

#include <string>

#include "base/json.h"

namespace bnexp::config {

// [{"name", "summary", "formula", "source", "parameters": [{"name","type","nullable","default","bounds","doc"}]}]
Json list_json(const std::string& kind);

// The same for a terminal, at most `width` columns wide if words allow.
std::string list_text(const std::string& kind, int width = 100);

}  // namespace bnexp::config
