#include "norm/resolve.h"

#include <map>
#include <utility>

namespace bnexp::norm {
namespace {

using Resolver = std::function<void(config::Variant& norm)>;

std::map<std::string, Resolver>& resolvers() {
  static std::map<std::string, Resolver> all;
  return all;
}

}  // namespace

bool add_resolver(const std::string& name, Resolver resolve) {
  return resolvers().emplace(name, std::move(resolve)).second;
}

void resolve(config::Variant& norm, const std::filesystem::path& folder) {
  const auto found = resolvers().find(norm.name);
  if (found == resolvers().end()) return;
  norm.folder = folder;
  found->second(norm);
}

}  // namespace bnexp::norm
