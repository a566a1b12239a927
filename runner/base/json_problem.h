// What an error of the JSON library says to people.
#pragma once

#include <string>

#include "base/json.h"

namespace bnexp {

// "key 'sha256' is missing", "type must be string, but is null", "a value has the wrong type".
std::string problem_of(const Json::exception& error);

}  // namespace bnexp
