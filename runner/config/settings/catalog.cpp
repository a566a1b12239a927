#include "config/settings/catalog.h"

#include <fmt/format.h>

#include <stdexcept>

namespace bnexp::config {

Catalog& Catalog::instance() {
  static Catalog catalog;
  return catalog;
}

void Catalog::add(const std::string& kind, const std::string& name, Entry entry) {
  kinds_[kind].add(name, std::move(entry));
}

const Entry* Catalog::find(const std::string& kind, const std::string& name) const {
  const auto found = kinds_.find(kind);
  return found == kinds_.end() ? nullptr : found->second.find(name);
}

std::vector<std::string> Catalog::names(const std::string& kind) const {
  const auto found = kinds_.find(kind);
  return found == kinds_.end() ? std::vector<std::string>{} : found->second.names();
}

std::vector<std::string> Catalog::kinds() const {
  std::vector<std::string> result;
  for (const auto& [kind, registry] : kinds_) result.push_back(kind);
  return result;
}

std::vector<std::string> Catalog::duplicates() const {
  std::vector<std::string> result;
  for (const auto& [kind, registry] : kinds_) {
    for (const auto& name : registry.duplicates()) result.push_back(fmt::format("{} '{}'", kind, name));
  }
  return result;
}

Variant read_variant(const Entry& entry, const std::string& name, Fields& fields) {
  Variant variant{name, entry.read(fields)};
  variant.settings["name"] = name;
  return variant;
}

Variant default_variant(const std::string& kind, const std::string& name) {
  const Entry* entry = Catalog::instance().find(kind, name);
  if (entry == nullptr) throw std::logic_error(fmt::format("no {} is named '{}'", kind, name));
  JsonWriter leaves_defaults;
  return read_variant(*entry, name, leaves_defaults);
}

}  // namespace bnexp::config
