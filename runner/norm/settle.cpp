#include "norm/settle.h"

#include <cstdlib>
#include <map>
#include <utility>

namespace bnexp::norm {
namespace {

using Settle = std::function<void(Json& settings)>;

std::map<std::string, Settle>& settlings() {
  static std::map<std::string, Settle> all;
  return all;
}

}  // namespace

std::filesystem::path config_folder() {
  const char* folder = std::getenv(kConfigFolder);
  return folder == nullptr ? "" : folder;
}

bool add_settling(const std::string& name, Settle settle) {
  return settlings().emplace(name, std::move(settle)).second;
}

void settle(config::Variant& norm) {
  const auto found = settlings().find(norm.name);
  if (found != settlings().end()) found->second(norm.settings);
}

}  // namespace bnexp::norm
