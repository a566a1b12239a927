// Comparisons in words and tables.
#pragma once

#include <string>
#include <vector>

#include "analysis/analysis.h"
#include "report/table.h"

namespace bnexp::report {

// "better", "no difference larger than 0.2 points", "undecided, about 4 more seeds needed".
std::string verdict_words(const analysis::Compared& row, const analysis::Comparisons& of);

// Rows of comparisons, with their intervals, p values and verdicts.
Table comparison_table(const std::vector<analysis::Compared>& rows, const analysis::Comparisons& of);
// What that table compares; with the rules, how a verdict is reached, and what its number of seeds can't show.
std::string comparison_about(const std::vector<analysis::Compared>& rows, const analysis::Comparisons& of,
                             bool with_rules);

// "Compared with norm=none, each at its best setting (test accuracy, margin 0.2 points). Better: norm=batch (+1.20
// points). At equal settings, ..."; empty without comparisons.
std::string comparison_sentence(const analysis::Analysis& all);

}  // namespace bnexp::report
