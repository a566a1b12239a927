// Types of settings: how a value is read, described and put in a JSON Schema. scalar_types.h and composed_types.h make
// types.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "config/document/node.h"
#include "config/document/problem.h"

namespace bnexp::config {

// The place of a value that is being read, and where problems with it go.
struct Place {
  std::string path;  // "train.optimizer.lr"; an element of a list has the list's path
  std::vector<Problem>& problems;
  Json standard = nullptr;       // the default when the key is left out; null when there is none
  bool in_list = false;          // an element of a list
  bool from_record = false;      // JSON of a record, not a user's file
  std::string alternative = "";  // " or null": what else the value could be

  void refuse(const Node& node, std::string message, std::string hint = "") const;
  // "PATH must be WHAT IT IS, found ...".
  void refuse_type(const Node& node, const std::string& expected, const std::string& hint) const;
};

class Type {
 public:
  virtual ~Type() = default;

  // The value in its canonical JSON; nullopt after a problem.
  virtual std::optional<Json> read(const Node& node, const Place& place) const = 0;

  // A default in its canonical JSON: variants that are only a name get their parameters.
  virtual Json resolved(Json value) const { return value; }

  virtual std::string name() const = 0;              // "integer", "list of real", "norm"
  virtual std::string words() const = 0;             // "a whole number"
  virtual std::string plural() const = 0;            // "whole numbers"
  virtual std::string bounds() const { return ""; }  // "> 0", "0 to 1", "sgd | adam"
  virtual std::string kind() const { return ""; }    // of a variant or a list of variants, in the catalog
  virtual bool is_nullable() const { return false; }
  virtual bool is_list() const { return false; }
  virtual Json schema() const = 0;  // JSON Schema; a variant is {"$ref": "#/$defs/KIND"}
};

}  // namespace bnexp::config
