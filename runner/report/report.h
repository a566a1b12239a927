// The comparison report of a store: report.html, one file that opens offline, and report.md, which diffs well. Made
// from records alone, the same bytes from the same records.
#pragma once

#include <filesystem>
#include <string>

#include "report/results.h"
#include "store/store.h"

namespace bnexp::report {

struct Report {
  std::string html;
  std::string markdown;
};

// `folder` is the store as the user names it, for the paths and commands shown. `assets` holds page.html, *.css, *.js
// and the chart library's minified files; throws Error(environment) when one is missing.
Report build(const Results& results, const std::string& folder, const std::filesystem::path& assets);

// Reads the store's plan and records and writes both files beside them; returns the path of report.html.
std::filesystem::path write(const store::Store& store, const std::filesystem::path& assets);

}  // namespace bnexp::report
