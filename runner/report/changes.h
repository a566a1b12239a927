// A comparison of two stores in one format: for a terminal, in Markdown (for a pull request), in JSON.
#pragma once

#include <string>

#include "analysis/changes.h"
#include "base/json.h"

namespace bnexp::report {

// The stores, as the user named them.
struct StoreNames {
  std::string a;
  std::string b;
};

// Lines of at most 100 characters, where labels allow it.
std::string changes_text(const analysis::Changes& changes, const StoreNames& names);

std::string changes_markdown(const analysis::Changes& changes, const StoreNames& names);

// Values of the metric are in its own unit: accuracies are fractions of 1.
Json changes_json(const analysis::Changes& changes, const StoreNames& names);

}  // namespace bnexp::report
