// One self-contained HTML file from a template and what comes with the program.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace bnexp::report {

// `templ` of `assets` in frame.html, with {{name}} replaced by its part; what is filled in is never looked at again.
// The style, the scripts and the policy that lets these scripts alone run are filled in here. Throws
// Error(environment) when a file is missing.
std::string filled_page(const std::filesystem::path& assets, const std::string& templ,
                        const std::vector<std::string>& scripts, std::map<std::string, std::string> parts);

}  // namespace bnexp::report
