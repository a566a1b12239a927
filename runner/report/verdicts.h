// Comparisons and claims in words and tables.
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
std::string comparison_about(const std::vector<analysis::Compared>& rows, const analysis::Analysis& all,
                             bool with_rules);

// "Against norm=none, each at its best setting (test accuracy, margin 0.2 points): batch better by ..., layer
// undecided"; empty without comparisons.
std::string comparison_sentence(const analysis::Analysis& all);

Table claims_table(const std::vector<analysis::ClaimAnswer>& claims);

// "Confirmed: Batch normalization trains ... . In every seed, ... (Ioffe & Szegedy 2015)."
std::string claim_sentence(const analysis::ClaimAnswer& claim);

// One line for the terminal: "confirmed     bn-wider-lr: ...".
std::string claim_line(const analysis::ClaimAnswer& claim);

}  // namespace bnexp::report
