// JSON Schema for editors that check YAML files.
#pragma once

#include "base/json.h"

namespace bnexp::config {

// JSON Schema (draft 2020-12) of a suite's YAML.
Json suite_schema();

}  // namespace bnexp::config
