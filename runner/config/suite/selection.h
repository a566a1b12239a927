// Selections of arms by their settings: {norm: batch, train.optimizer.lr: [0.1, 1.0]}.
#pragma once

#include <string>

#include "base/json.h"
#include "config/settings/scalar_types.h"

namespace bnexp::config {

// A value matches itself; a variant matches its bare name; a map matches settings that have at least its keys.
bool matches(const Json& actual, const Json& wanted);

// Whether `settings` have, at each dotted key of the selection, one of its alternatives. A selection without keys
// selects everything.
bool selects(const Json& selection, const Json& settings);

// "norm=batch, train.optimizer.lr=0.1 or 1"; "all arms" for a selection without keys.
std::string selection_text(const Json& selection);

namespace type {
// Reads a map of dotted keys to a value or a list of values into {key: [alternatives]}. `check_claims` refuses one that
// selects no arm.
TypePtr selection();
// A dotted key. `check_claims` refuses one that has the same value in every arm.
TypePtr swept_key();
}  // namespace type

}  // namespace bnexp::config
