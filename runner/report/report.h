// The report of a store: one file per registered export, among them report.html, which opens offline, and report.md,
// which diffs well. Made from records alone: the same records give the same bytes.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "report/document.h"

namespace bnexp::report {

// The files by name. `assets` has the page's template, style and scripts, and the chart library; throws
// Error(environment) when one is missing.
std::map<std::string, std::string> build(const Document& document, const std::filesystem::path& assets);

// Reads a suite's store, and says which of its files are left out as damaged.
analysis::Analysis read(const std::filesystem::path& folder);
// Writes the report of a suite into its store `folder`; returns the path of report.html.
std::filesystem::path write(const analysis::Analysis& all, const std::filesystem::path& folder,
                            const std::filesystem::path& assets);

// Reads a suite's or a benchmark's records and writes the files into the same folder; returns the path of report.html.
// Throws Error(environment) when the folder is neither's, or when none of its records can be read; an existing report
// then stays as it is.
std::filesystem::path write(const std::filesystem::path& folder, const std::filesystem::path& assets);

}  // namespace bnexp::report
