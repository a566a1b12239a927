// report.md: the report as text that diffs well. What may differ between two runs of the same trials (times, machines)
// is under "Provenance", at the end.
#pragma once

#include <string>

#include "report/chart.h"
#include "report/results.h"

namespace bnexp::report {

std::string table_markdown(const Table& table);

// A block of shell commands.
std::string code_markdown(const std::string& text);

std::string markdown_page(const Results& results, const DrawnCharts& drawn, const std::string& folder);

}  // namespace bnexp::report
