// How settings are merged: a file over its base, --set over the file, an arm over both.
//
// Maps merge key by key; scalars, lists and nulls replace the inherited value. A variant (norm, train.optimizer, ...)
// is a map with a name; a bare scalar is short for it. A variant of another name replaces the whole inherited map, so
// that no parameter of one variant reaches another. train.epochs and train.steps are one budget: a layer that sets one
// removes the other.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/document/node.h"
#include "config/document/problem.h"

namespace bnexp::config {

// A layer with one value at a dotted key. `mark` is the key's; each segment gets its part of it.
Node nest(const std::vector<std::string>& key, const Mark& mark, Node value);

class Merger {
 public:
  Merger();

  // Writes variants out ({name: batch} for batch) and sets the other budget to null. Two budgets in one layer are a
  // problem.
  void normalize(Node& layer, std::vector<Problem>& problems) const;

  // Merges one normalized layer over another.
  void merge(Node& below, const Node& above) const { merge(below, above, ""); }

  bool is_variant(const std::string& key) const { return variants_.contains(key); }

 private:
  void merge(Node& below, const Node& above, const std::string& path) const;
  bool replaces(const Node& below, const Node& above, const std::string& path) const;

  std::map<std::string, std::string> variants_;  // dotted key -> default name
};

}  // namespace bnexp::config
