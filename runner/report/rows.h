// The axis of charts with one row per name.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"

namespace bnexp::report {

// Vega-Lite's y, from the first name at the top to the last, each with its label: long names have a line for each of
// their parts.
Json rows_channel(const std::string& field, const std::vector<std::string>& names);

// The height of a row of `marks` lines of marks, in pixels, so that no two labels overlap.
int row_height(const std::vector<std::string>& names, std::size_t marks);

}  // namespace bnexp::report
