// A self-contained HTML file from a template and the program's assets.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace bnexp::report {

// `templ` of `assets` in frame.html, with {{name}} replaced by its part; inserted text is not searched again. Adds the
// style, the scripts and a policy that allows only these scripts. Throws Error(environment) when a file is missing.
std::string filled_page(const std::filesystem::path& assets, const std::string& templ,
                        const std::vector<std::string>& scripts, std::map<std::string, std::string> parts);

}  // namespace bnexp::report
