// Claims that a suite makes. Each is a variant of kind "claim" in the catalog, chosen by its key `kind`; the room
// analysis has the kinds.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "config/document/node.h"
#include "config/document/problem.h"
#include "config/settings/fields.h"

namespace bnexp::config {

// What every claim has. Kinds add their own fields to these.
struct ClaimText {
  std::string id;
  std::string says;
  std::string source;

  void fields(Fields& f);
};

namespace type {
// Reads the list `claims` into a list of {"kind", "id", "says", "source", ...}, defaults included.
TypePtr claims();
}  // namespace type

// Reports selections that no arm matches, keys that are not swept and probes that no trial has. `node` is the value of
// `claims` as written, `claims` as read; `arms` are the settings of the arms.
void check_claims(const Node& node, const Json& claims, const std::vector<Json>& arms, std::vector<Problem>& problems);

// The same for one selection of arms.
void check_selection(const Node& node, const Json& selection, const std::vector<Json>& arms,
                     std::vector<Problem>& problems);

}  // namespace bnexp::config
