#include "norm/norm.h"

#include <stdexcept>
#include <utility>

#include "base/error.h"
#include "base/registry.h"

namespace bnexp::norm {
namespace {

Registry<Kind>& kinds() {
  static Registry<Kind> registry;
  return registry;
}

const Kind& kind(const std::string& name) {
  const Kind* found = kinds().find(name);
  if (found == nullptr) throw std::logic_error("norm '" + name + "' is not registered");
  return *found;
}

}  // namespace

void add(const std::string& name, Kind entry) { kinds().add(name, std::move(entry)); }

std::shared_ptr<Norm> make(const config::Variant& norm, const Slot& slot) { return kind(norm.name).make(norm, slot); }

std::string check(const config::Variant& norm, const Slot& slot) {
  try {
    return kind(norm.name).check(norm, slot);
  } catch (const Error& error) {
    return error.what();
  }
}

bool is_identity(const config::Variant& norm) { return kind(norm.name).is_identity; }

}  // namespace bnexp::norm
