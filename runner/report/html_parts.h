// Pieces of HTML that the pages are made of. Text is escaped here.
#pragma once

#include <string>
#include <vector>

#include "report/chart.h"
#include "report/tables.h"

namespace bnexp::report {

// A list of class `kind`; empty without items.
std::string list_html(const std::vector<std::string>& items, const std::string& kind);

// A cell of a table; `sort_value` is what it sorts by, where that isn't its text.
std::string cell(const std::string& text, const std::string& sort_value = "", bool number = true);

// The heading of a column that a click sorts by.
std::string heading(const std::string& text, bool number = true);

std::string table_html(const Table& table);

// Frames with captions, legends and tables; the scripts draw into them.
std::string figures_html(const std::vector<Chart>& charts);

}  // namespace bnexp::report
