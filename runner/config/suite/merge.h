// How settings are laid over each other: a file over its base, --set over the file, an arm over both.
//
// Maps merge key by key; scalars, lists and nulls replace what is below. A variant (norm, train.optimizer, ...) is a
// map with a name, which a bare scalar is short for; one of another name replaces the whole map below, so that no
// parameter of one variant reaches another. train.epochs and train.steps are one budget: a layer that gives one takes
// the other away.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/document/node.h"
#include "config/document/problem.h"

namespace bnexp::config {

// A layer with the single value at a dotted key. `mark` is the key's; its segments get their part of it.
Node nest(const std::vector<std::string>& key, const Mark& mark, Node value);

class Merger {
 public:
  Merger();

  // Spells variants out ({name: batch} for batch) and settles the budget. Two budgets in one layer are a problem.
  void normalize(Node& layer, std::vector<Problem>& problems) const;

  // Lays one normalized layer over another.
  void merge(Node& below, const Node& above) const { merge(below, above, ""); }

  bool is_variant(const std::string& key) const { return variants_.count(key) > 0; }

 private:
  void merge(Node& below, const Node& above, const std::string& path) const;
  bool replaces(const Node& below, const Node& above, const std::string& path) const;

  std::map<std::string, std::string> variants_;  // dotted key -> default name
};

}  // namespace bnexp::config
