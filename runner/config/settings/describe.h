// What can be configured, as data: for hints, `bnexp list`, `bnexp schema`, the reference and trial ids.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "config/settings/fields.h"
#include "config/settings/type.h"

namespace bnexp::config {

struct Parameter {
  std::string key;  // dotted within its struct
  TypePtr type;
  Json default_value;  // of a variant, its name
  std::string doc;
  std::optional<Json> introduced;  // see Fields::introduced
};

// The parameters that `fields` declares.
std::vector<Parameter> describe(const std::function<void(Fields&)>& fields);

template <class T>
std::vector<Parameter> described(T settings) {
  return describe([&](Fields& fields) { settings.fields(fields); });
}

// The parameters of one variant, in the order of its options.
std::vector<Parameter> parameters(const std::string& kind, const std::string& name);

// The parameters of a trial, including train.*, without the parameters of its variants.
std::vector<Parameter> trial_parameters();

// A setting of a trial that a file, --set or a sweep can name by its dotted key.
struct Setting {
  std::string key;  // "train.optimizer.lr"
  std::vector<std::string>
      owners;           // variants that have it: {"sgd", "adam"}; empty for settings that don't depend on one
  Parameter parameter;  // of the first owner; without a type for a map of settings such as train
};

// Every setting, including groups and the parameters of all variants, but not seed, which `seeds` sets. The catalog
// must be complete.
const std::vector<Setting>& settings();

// Dotted keys of the settings that choose a variant, with the default name of each: {"norm": "batch", ...}.
std::map<std::string, std::string> variant_defaults();

}  // namespace bnexp::config
