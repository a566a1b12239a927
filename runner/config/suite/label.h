// Labels of arms in tables and charts.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "config/suite/merge.h"
#include "config/suite/sweep.h"

namespace bnexp::config {

// The texts of the values that one key is given: a map by its name and those parameters in which it differs from other
// values of that name, "batch(momentum=0.2)".
std::vector<std::string> level_texts(const std::vector<Json>& values);

// "norm=batch, lr=0.1": each swept key by the shortest tail that no other swept key ends in, with its level_texts.
// "all" when nothing is swept.
class Labels {
 public:
  Labels(const Sweep& sweep, const Merger& merger);
  std::string of(const Rows& rows) const;

 private:
  std::vector<std::vector<std::string>> texts_;  // by axis and row
};

}  // namespace bnexp::config
