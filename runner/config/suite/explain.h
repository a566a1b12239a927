// Where the values of a suite's settings come from.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/json.h"

namespace bnexp::config {

// Where a setting got its value.
struct Explanation {
  std::string key;
  Json value;         // a list of the arms' values where it is swept
  std::string where;  // "default", "configs/lr_sweep.yaml:14:5", "--set train.steps=300", "sweep, <place>"; then, where
                      // not every arm has the setting, ", in 2 of 4 arms"
  std::string doc;    // the field's description
  std::vector<std::string> hidden;  // overridden values, nearest first: "configs/base.yaml:3:3: 0.01", "default: 0.1"
};

// For a leaf or a whole group ("train", ""): every leaf below it. Throws Error(usage) for an unknown key, with the
// nearest valid one.
std::vector<Explanation> explain(const std::filesystem::path& file, const std::vector<std::string>& overrides,
                                 const std::string& key);

}  // namespace bnexp::config
