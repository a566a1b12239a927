// The types of what readers of records and plans rely on.
#pragma once

#include <initializer_list>
#include <string>
#include <utility>

#include "base/json.h"

namespace bnexp::store {

// 16 hexadecimal digits. Files are named after it.
bool is_trial_id(const std::string& text);

// Throws Damaged naming the first key of `object` that is missing or not of its type: "settings.train is missing".
// `place` is put before the key. number_float stands for any number, number_integer for any whole number.
void require(const Json& object, const std::string& place,
             std::initializer_list<std::pair<const char*, Json::value_t>> keys);

// The same for the settings of a trial, or of an arm.
void require_trial_settings(const Json& settings, const std::string& place);

}  // namespace bnexp::store
