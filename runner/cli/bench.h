// What `bench` and `check` have in common.
#pragma once

#include "bench/case.h"
#include "cli/command.h"
#include "config/suite/bench.h"

namespace bnexp::cli {

struct PlannedBench {
  config::Bench bench;
  bench::Plan plan;
};

// Read, checked and spread over norms, shapes, types and modes. Throws Error(usage) when nothing is left to measure.
PlannedBench plan_bench(const SuiteArguments& arguments);

}  // namespace bnexp::cli
