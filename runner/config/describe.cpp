#include "config/describe.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/text.h"
#include "config/bench.h"
#include "config/catalog.h"
#include "config/head.h"
#include "config/spec.h"

namespace bnexp::config {
namespace {

// Notes each field instead of reading or writing it.
class Describer final : public Fields {
 public:
  std::vector<Parameter> take() { return std::move(parameters_); }

  void boolean(const char* key, bool& value, const char* doc) override { add(key, "boolean", value, doc); }
  void integer(const char* key, std::int64_t& value, Range range, const char* doc) override {
    add(key, "integer", value, doc).range = range;
  }
  void real(const char* key, double& value, Range range, const char* doc) override {
    add(key, "real", value, doc).range = range;
  }
  void text(const char* key, std::string& value, const char* doc) override { add(key, "text", value, doc); }
  void choice(const char* key, std::string& value, const std::vector<std::string>& choices, const char* doc) override {
    add(key, "choice", value, doc).choices = choices;
  }
  void optional_integer(const char* key, std::optional<std::int64_t>& value, Range range, const char* doc) override {
    add_optional(key, "integer", value ? Json(*value) : Json(), range, doc);
  }
  void optional_real(const char* key, std::optional<double>& value, Range range, const char* doc) override {
    add_optional(key, "real", value ? Json(*value) : Json(), range, doc);
  }
  void integers(const char* key, std::vector<std::int64_t>& value, Range range, const char* doc) override {
    add(key, "list of integer", value, doc).range = range;
  }
  void reals(const char* key, std::vector<double>& value, Range range, const char* doc) override {
    add(key, "list of real", value, doc).range = range;
  }
  void choices(const char* key, std::vector<std::string>& value, const std::vector<std::string>& choices,
               const char* doc) override {
    add(key, "list of choice", value, doc).choices = choices;
  }
  void variant(const char* key, Variant& value, const char* kind, const char* doc) override {
    add(key, kind, value.name, doc).kind = kind;
  }
  void variants(const char* key, std::vector<Variant>& value, const char* kind, const char* doc) override {
    Json names = Json::array();
    for (const auto& one : value) names.push_back(one.name);
    add(key, fmt::format("list of {}", kind), names, doc).kind = kind;
  }
  void check(bool, const char*, const std::string&, const std::string&) override {}

 protected:
  bool enter(const char* key, const char*) override {
    prefixes_.push_back(prefix() + key + ".");
    return true;
  }
  void leave() override { prefixes_.pop_back(); }

 private:
  std::string prefix() const { return prefixes_.empty() ? "" : prefixes_.back(); }

  Parameter& add(const char* key, const std::string& type, Json default_value, const char* doc) {
    Parameter parameter;
    parameter.key = prefix() + key;
    parameter.type = type;
    parameter.default_value = std::move(default_value);
    parameter.doc = doc;
    parameters_.push_back(std::move(parameter));
    return parameters_.back();
  }

  void add_optional(const char* key, const char* type, Json default_value, Range range, const char* doc) {
    Parameter& parameter = add(key, type, std::move(default_value), doc);
    parameter.nullable = true;
    parameter.range = range;
  }

  std::vector<Parameter> parameters_;
  std::vector<std::string> prefixes_;
};

template <class T>
std::vector<Parameter> described(T fields_of) {
  Describer describer;
  fields_of.fields(describer);
  return describer.take();
}

// A variant's parameters under the key that chooses it, one setting for each name however many variants have it.
void add_variants(const Parameter& chooser, std::vector<Setting>& result) {
  const std::size_t first = result.size();
  for (const auto& name : Catalog::instance().names(chooser.kind)) {
    for (auto& parameter : parameters(chooser.kind, name)) {
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

}  // namespace

std::string Parameter::bounds() const {
  if (!choices.empty()) return join(choices, " | ");
  const bool has_low = std::isfinite(range.low);
  const bool has_high = std::isfinite(range.high);
  if (has_low && has_high && !range.low_open && !range.high_open) {
    return fmt::format("{} to {}", shortest(range.low), shortest(range.high));
  }
  std::vector<std::string> parts;
  if (has_low) parts.push_back(fmt::format("{} {}", range.low_open ? ">" : ">=", shortest(range.low)));
  if (has_high) parts.push_back(fmt::format("{} {}", range.high_open ? "<" : "<=", shortest(range.high)));
  return join(parts, ", ");
}

std::vector<Parameter> parameters(const std::string& kind, const std::string& name) {
  const Entry* entry = Catalog::instance().find(kind, name);
  if (entry == nullptr) return {};
  Describer describer;
  entry->read(describer);
  return describer.take();
}

std::vector<Parameter> trial_parameters() { return described(TrialSpec{}); }

std::vector<Parameter> suite_parameters() {
  auto result = described(SuiteHead{});
  const auto add = [&](const char* key, const char* type, Json default_value, const char* doc) {
    Parameter parameter;
    parameter.key = key;
    parameter.type = type;
    parameter.default_value = std::move(default_value);
    parameter.doc = doc;
    result.push_back(std::move(parameter));
  };
  add("base", "file", nullptr, kBaseDoc);
  add("seeds", "integer or list of integer", 1, kSeedsDoc);
  add("sweep", "map", nullptr, kSweepDoc);
  return result;
}

std::vector<Parameter> bench_parameters() {
  const BenchSpec standard;
  std::vector<Parameter> result(2);
  result[0].key = "norms";
  result[0].type = "list of norm";
  result[0].kind = "norm";
  result[0].doc = kBenchNormsDoc;
  result[1].key = "shapes";
  result[1].type = "list of lists of integer";
  result[1].default_value = standard.shapes;
  result[1].doc = kBenchShapesDoc;
  for (auto& parameter : described(standard)) result.push_back(std::move(parameter));
  return result;
}

namespace {

std::vector<Setting> all_settings() {
  std::vector<Setting> result;
  std::string group;
  for (auto& parameter : trial_parameters()) {
    if (parameter.key == "seed") continue;
    const std::size_t dot = parameter.key.rfind('.');
    const std::string parent = dot == std::string::npos ? "" : parameter.key.substr(0, dot);
    if (parent != group && !parent.empty()) {
      Parameter map;
      map.key = parent;
      map.type = "group";
      map.doc = "all of its settings at once";
      result.push_back({parent, {}, std::move(map)});
    }
    group = parent;
    result.push_back({parameter.key, {}, parameter});
    if (!parameter.kind.empty() && !parameter.is_list()) add_variants(parameter, result);
  }
  return result;
}

}  // namespace

const std::vector<Setting>& settings() {
  static const std::vector<Setting> all = all_settings();
  return all;
}

std::map<std::string, std::string> variant_defaults() {
  std::map<std::string, std::string> result;
  for (const auto& parameter : trial_parameters()) {
    if (parameter.kind.empty() || parameter.is_list()) continue;
    result[parameter.key] = parameter.default_value.get<std::string>();
  }
  return result;
}

}  // namespace bnexp::config
