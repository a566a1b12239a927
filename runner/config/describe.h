// What can be configured, as data: for reading's hints, `bnexp list`, `bnexp schema` and the reference in the
// documents.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/json.h"
#include "config/fields.h"

namespace bnexp::config {

struct Parameter {
  std::string key;   // dotted within its struct
  std::string type;  // "boolean", "integer", "real", "text", "choice", "list of integer", "norm", "list of probe", ...
  bool nullable = false;
  Json default_value;
  Range range;
  std::vector<std::string> choices;
  std::string kind;  // for variants: the catalog's kind
  std::string doc;

  bool is_list() const { return type.starts_with("list of "); }
  std::string bounds() const;  // "> 0", "0 to 1", "sgd | adam", ""
};

// The parameters of one variant, in the order its options list them.
std::vector<Parameter> parameters(const std::string& kind, const std::string& name);

// The parameters of a whole trial, train.* included, variants not opened.
std::vector<Parameter> trial_parameters();

// The suite's own keys: suite, question, base, seeds, sweep. Their types are words for people.
std::vector<Parameter> suite_parameters();

// What stands below `bench`, in a file for `bnexp bench`.
std::vector<Parameter> bench_parameters();

// A setting of a trial that a file, --set or a sweep can name by its dotted key.
struct Setting {
  std::string key;  // "train.optimizer.lr"
  std::vector<std::string>
      owners;           // variants that have it: {"sgd", "adam"}; empty for settings that don't depend on one
  Parameter parameter;  // of the first owner; type "group" for a map of settings such as train
};

// Every setting, groups and all variants' parameters included, seed not: it is set by `seeds`. The catalog must be
// complete.
const std::vector<Setting>& settings();

// Dotted keys of the settings that choose one variant, with the name each has by default: {"norm": "batch", ...}.
std::map<std::string, std::string> variant_defaults();

// [{"name", "summary", "formula", "source", "parameters": [{"name","type","nullable","default","bounds","doc"}]}]
Json list_json(const std::string& kind);

// The same for a terminal, at most `width` columns wide where words allow.
std::string list_text(const std::string& kind, int width = 100);

// JSON Schema (draft 2020-12) of a suite's YAML.
Json suite_schema();

// The configuration reference, Markdown.
std::string reference_markdown();

}  // namespace bnexp::config
