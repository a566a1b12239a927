// Tables that both files of a report show.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "report/results.h"

namespace bnexp::report {

// The first `texts` columns are text, the others numbers.
struct Table {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;
  std::size_t texts = 1;
};

// Every contrast with its paired difference. No rows unless two keys or more are swept.
Table contrasts_table(const Results& results);

// Every planned trial that isn't ok, and why; its id first.
Table failures_table(const Results& results);

}  // namespace bnexp::report
