// Shared by `bench` and `check`.
#pragma once

#include "bench/case.h"
#include "cli/command.h"
#include "config/suite/bench.h"

namespace bnexp::cli {

struct PlannedBench {
  config::Bench bench;
  bench::Plan plan;
};

// Reads and checks a benchmark, and expands it over norms, shapes, types and modes. Throws Error(usage) when no case is
// left.
PlannedBench plan_bench(const SuiteArguments& arguments);

}  // namespace bnexp::cli
