// What can be configured, as data: for `bnexp list`, `bnexp schema` and the reference in the documents.
#pragma once

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
  std::string bounds() const;  // "> 0", "0 to 1", "sgd | adam", ""
};

// The parameters of one variant, in the order its options list them.
std::vector<Parameter> parameters(const std::string& kind, const std::string& name);

// The parameters of a whole trial, train.* included, variants not opened.
std::vector<Parameter> trial_parameters();

// [{"name", "summary", "formula", "source", "parameters": [{"name","type","default","bounds","doc"}]}]
Json list_json(const std::string& kind);
std::string list_text(const std::string& kind);

// JSON Schema (draft 2020-12) of a suite's YAML.
Json suite_schema();

// The configuration reference, Markdown.
std::string reference_markdown();

}  // namespace bnexp::config
