// The parts of report.html that are text and tables: they read well without any script.
#pragma once

#include <string>

#include "report/chart.h"
#include "report/results.h"

namespace bnexp::report {

std::string answer_html(const Results& results);
std::string facts_html(const Results& results);
std::string arms_html(const Results& results);
std::string contrasts_html(const Results& results);  // empty with fewer than two swept keys
std::string failures_html(const Results& results);   // empty when every trial is ok
std::string charts_html(const DrawnCharts& drawn);
std::string provenance_html(const Results& results, const std::string& folder);

}  // namespace bnexp::report
