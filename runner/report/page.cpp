#include "report/page.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "base/error.h"
#include "base/hash.h"
#include "report/escape.h"

namespace bnexp::report {
namespace {

std::string asset(const std::filesystem::path& assets, const std::string& name) {
  std::ifstream file(assets / name, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file || text.str().empty()) {
    throw environment_error(fmt::format("the report's page needs {}, which can't be read", (assets / name).string()),
                            "install the report's chart library: scripts/setup, or 'npm ci' in reports/, then build");
  }
  return text.str();
}

std::string base64(const std::string& bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3), '\0');
  std::vector<unsigned char> text(out.size() + 1);  // EVP_EncodeBlock ends it with a zero
  EVP_EncodeBlock(text.data(), reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  std::copy_n(text.begin(), out.size(), out.begin());
  return out;
}

// Fills in {{name}} in one pass; inserted text is not searched again.
std::string filled(const std::filesystem::path& assets, const std::string& name,
                   const std::map<std::string, std::string>& parts) {
  const std::string page = asset(assets, name);
  std::string out;
  std::size_t at = 0;
  for (std::size_t open = page.find("{{"); open != std::string::npos; open = page.find("{{", at)) {
    const std::size_t close = page.find("}}", open);
    const std::string part = close == std::string::npos ? "" : page.substr(open + 2, close - open - 2);
    if (!parts.contains(part)) throw environment_error(name + " asks for an unknown part '" + part + "'");
    out += page.substr(at, open - at) + parts.at(part);
    at = close + 2;
  }
  return out + page.substr(at);
}

}  // namespace

std::string filled_page(const std::filesystem::path& assets, const std::string& templ,
                        const std::vector<std::string>& scripts, std::map<std::string, std::string> parts) {
  for (const auto& name : scripts) {
    const std::string script = inline_script(asset(assets, name));
    parts["scripts"] += "<script>" + script + "</script>\n";
    parts["policy"] += " 'sha256-" + base64(sha256_digest(script)) + "'";
  }
  parts["style"] = asset(assets, "page.css");
  parts["content"] = filled(assets, templ, parts);
  return filled(assets, "frame.html", parts);
}

}  // namespace bnexp::report
