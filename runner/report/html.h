// report.html: one file with its styles, scripts and data inside.
#pragma once

#include <filesystem>
#include <string>

#include "report/chart.h"
#include "report/results.h"

namespace bnexp::report {

// A content security policy in the page allows the scripts by their hashes and nothing from anywhere else.
std::string html_page(const Results& results, const DrawnCharts& drawn, const std::string& folder,
                      const std::filesystem::path& assets);

}  // namespace bnexp::report
