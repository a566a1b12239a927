// What varies between arms.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "config/document/node.h"
#include "config/document/problem.h"
#include "config/suite/merge.h"

namespace bnexp::config {

// One swept key with its values, or several keys of a zip that vary together.
struct Axis {
  struct Column {
    std::string key;  // dotted
    Mark mark;        // of the key
    Mark values_mark;
    std::vector<Node> values;  // as written, one per row
    std::vector<Node> layers;  // the same as normalized layers
  };
  std::vector<Column> columns;
  std::size_t rows() const { return columns.front().values.size(); }
};

// An arm that meets all conditions is excluded.
struct Rule {
  struct Condition {
    std::string key;
    Mark mark;
    std::vector<Node> alternatives;
    std::vector<std::size_t> hits;  // number of arms with each alternative
  };
  Mark mark;
  std::vector<Condition> conditions;
  std::size_t hits = 0;
};

using Rows = std::vector<std::size_t>;  // one per axis

struct Sweep {
  std::vector<Axis> axes;  // in the order of the file; the last varies fastest
  std::vector<Rule> exclude;

  std::size_t combinations() const;  // without exclusions; the largest size_t on overflow
  Rows rows(std::size_t combination) const;
  std::vector<const Axis::Column*> columns() const;
};

// `node` is the value of `sweep`. Invalid parts are left out of the result.
Sweep read_sweep(const Node& node, const Merger& merger, std::vector<Problem>& problems);

// The settings of one combination: swept values merged over `settings`, whole variants before their parameters.
Node arm_tree(const Node& settings, const Sweep& sweep, const Rows& rows, const Merger& merger);

}  // namespace bnexp::config
