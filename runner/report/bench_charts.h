// A benchmark's charts.
#pragma once

#include <vector>

#include "analysis/bench_rows.h"
#include "report/chart.h"

namespace bnexp::report {

// Speed-ups, then GB/s forward and backward in training; only charts with data.
std::vector<Chart> bench_charts(const std::vector<analysis::BenchRow>& rows);

}  // namespace bnexp::report
