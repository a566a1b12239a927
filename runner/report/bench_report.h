// The report of a benchmark of norms: report.html, one file that opens offline, and report.md. Made from its folder
// alone.
#pragma once

#include <filesystem>

namespace bnexp::report {

// Writes both files into the folder; returns the path of report.html. Throws Error(environment) when the folder is no
// benchmark's, or a file of `assets` is missing.
std::filesystem::path write_bench(const std::filesystem::path& folder, const std::filesystem::path& assets);

}  // namespace bnexp::report
