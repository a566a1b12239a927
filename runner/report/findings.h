// What an analysis found, in sentences. One rule, one kind of sentence; a rule with nothing to say stays silent.
#pragma once

#include <string>
#include <vector>

#include "analysis/analysis.h"

namespace bnexp::report {

struct Finding {
  enum class Tone { result, warning };
  Tone tone = Tone::result;
  std::string text;  // plain text, whole sentences
};

// The first is the answer in short; warnings come last.
std::vector<Finding> findings(const analysis::Analysis& all);

}  // namespace bnexp::report
