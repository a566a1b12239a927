#include "cli/bench.h"

#include <fmt/format.h>

#include <filesystem>

#include "norm/resolve.h"

namespace bnexp::cli {

PlannedBench plan_bench(const SuiteArguments& arguments) {
  PlannedBench planned;
  planned.bench = config::load_bench(arguments.path(), arguments.overrides);
  for (auto& norm : planned.bench.spec.norms) norm.folder = arguments.folder();
  planned.plan = bench::plan(planned.bench.spec);
  if (planned.plan.cases.empty()) {
    const auto& first = planned.plan.refused.front();
    throw usage_error(fmt::format("{}: no norm accepts any of the shapes; {} on {}: {}", arguments.path().string(),
                                  first.norm, first.shape, first.reason),
                      "choose other norms or other shapes");
  }
  for (auto& one : planned.plan.cases) norm::resolve(one.norm, arguments.folder());
  return planned;
}

}  // namespace bnexp::cli
