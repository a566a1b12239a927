#include "config/settings/describe.h"

#include <algorithm>
#include <utility>

#include "config/settings/catalog.h"
#include "config/settings/spec.h"

namespace bnexp::config {
namespace {

// Collects the fields instead of reading or writing them.
class Describer final : public Fields {
 public:
  std::vector<Parameter> take() { return std::move(parameters_); }
  void check(bool, const char*, const std::string&, const std::string&) override {}

 protected:
  void field(const Field& field) override {
    parameters_.push_back({prefix() + field.key, field.type, field.get(), field.doc, field.introduced});
  }
  void enter(const char* key, const char*) override { prefixes_.push_back(prefix() + key + "."); }
  void leave() override { prefixes_.pop_back(); }

 private:
  std::string prefix() const { return prefixes_.empty() ? "" : prefixes_.back(); }

  std::vector<Parameter> parameters_;
  std::vector<std::string> prefixes_;
};

bool chooses_variant(const Parameter& parameter) {
  return !parameter.type->kind().empty() && !parameter.type->is_list();
}

// The parameters of the variants under the key that chooses one. Parameters of several variants with one name are one
// setting.
void add_variants(const Parameter& chooser, std::vector<Setting>& result) {
  const std::size_t first = result.size();
  for (const auto& name : Catalog::instance().names(chooser.type->kind())) {
    for (auto& parameter : parameters(chooser.type->kind(), name)) {
      const std::string key = chooser.key + "." + parameter.key;
      const auto known = std::find_if(result.begin() + static_cast<std::ptrdiff_t>(first), result.end(),
                                      [&](const Setting& setting) { return setting.key == key; });
      if (known != result.end()) {
        known->owners.push_back(name);
      } else {
        result.push_back({key, {name}, std::move(parameter)});
      }
    }
  }
}

std::vector<Setting> all_settings() {
  std::vector<Setting> result;
  std::string group;
  for (auto& parameter : trial_parameters()) {
    if (parameter.key == "seed") continue;
    const std::size_t dot = parameter.key.rfind('.');
    const std::string parent = dot == std::string::npos ? "" : parameter.key.substr(0, dot);
    if (parent != group && !parent.empty()) {
      result.push_back({parent, {}, {parent, nullptr, nullptr, "all of its settings at once", {}}});
    }
    group = parent;
    result.push_back({parameter.key, {}, parameter});
    if (chooses_variant(parameter)) add_variants(parameter, result);
  }
  return result;
}

}  // namespace

std::vector<Parameter> describe(const std::function<void(Fields&)>& fields) {
  Describer describer;
  fields(describer);
  return describer.take();
}

std::vector<Parameter> parameters(const std::string& kind, const std::string& name) {
  const Entry* entry = Catalog::instance().find(kind, name);
  return entry == nullptr ? std::vector<Parameter>{} : describe([&](Fields& fields) { entry->read(fields); });
}

std::vector<Parameter> trial_parameters() { return described(TrialSpec{}); }

const std::vector<Setting>& settings() {
  static const std::vector<Setting> all = all_settings();
  return all;
}

std::map<std::string, std::string> variant_defaults() {
  std::map<std::string, std::string> result;
  for (const auto& parameter : trial_parameters()) {
    if (chooses_variant(parameter)) result[parameter.key] = parameter.default_value.get<std::string>();
  }
  return result;
}

}  // namespace bnexp::config
