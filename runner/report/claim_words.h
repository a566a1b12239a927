// Claims in words and tables.
#pragma once

#include <string>
#include <vector>

#include "analysis/claim.h"
#include "report/table.h"

namespace bnexp::report {

// A row per claim; the other view of a claim, where its answer differs, has a row of its own.
Table claims_table(const std::vector<analysis::ClaimAnswer>& claims);

// "Confirmed: Batch normalization trains ... . In every seed, ... (Ioffe & Szegedy 2015)."
std::string claim_sentence(const analysis::ClaimAnswer& claim);

// For the terminal, a line per view: "confirmed     bn-wider-lr: at equal settings: ...".
std::string claim_lines(const analysis::ClaimAnswer& claim);

}  // namespace bnexp::report
