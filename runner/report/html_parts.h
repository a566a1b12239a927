// Pieces of HTML for the page. They escape text.
#pragma once

#include <string>
#include <vector>

#include "report/chart.h"
#include "report/document.h"
#include "report/table.h"

namespace bnexp::report {

// A list of class `kind`; empty without items.
std::string list_html(const std::vector<std::string>& items, const std::string& kind);

// A paragraph that explains; empty without text.
std::string about_html(const std::string& text);

// A section with its table. Rows of arms link to their trials; `all` is their analysis, and may be null for other
// tables.
std::string section_html(const Section& section, const Analysis* all);

// Frames with captions, legends and tables; the scripts draw into them.
std::string figures_html(const std::vector<Chart>& charts);

}  // namespace bnexp::report
