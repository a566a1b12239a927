// How commands that train nothing speak of damaged records.
#pragma once

#include <string>

#include "exec/plan.h"

namespace bnexp::cli {

// "damaged record: 0123456789abcdef.json (it is not JSON, or incomplete); ..."; empty if the plan's trials have none.
std::string damage_note(const exec::Plan& plan);

}  // namespace bnexp::cli
