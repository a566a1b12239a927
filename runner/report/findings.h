// The findings of an analysis, in sentences. Each rule makes one kind of sentence, or none.
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

// The first is the short answer; warnings come last.
std::vector<Finding> findings(const analysis::Analysis& all);

}  // namespace bnexp::report
