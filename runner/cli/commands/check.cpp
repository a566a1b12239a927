#include "base/console.h"
#include "base/text.h"
#include "bench/case.h"
#include "cli/bench.h"
#include "cli/command.h"
#include "config/suite/bench.h"

namespace bnexp::cli {
namespace {

ExitCode check_bench(const SuiteArguments& arguments) {
  const bench::Plan plan = plan_bench(arguments).plan;
  console::print("{}: ok; a benchmark of {} cases\n", arguments.path().string(), plan.cases.size());
  for (const auto& one : plan.refused) console::print("  left out: {} on {}: {}\n", one.norm, one.shape, one.reason);
  return ExitCode::ok;
}

void add(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<SuiteArguments>();
  CLI::App* command = new_command(
      app, "check", "Check a suite and report every error at once; trains nothing.",
      "  bnexp check configs/lr_sweep.yaml\n"
      "  bnexp check my_suite.yaml --set norm.eps=1e-3\n"
      "A norm from a file (norm: torchscript) runs for one step in each slot, at most 20 seconds, in a process\n"
      "that can't change files if the kernel has Landlock. Check only files that you trust.");
  arguments->add_to(*command, /*with_data=*/false);
  command->callback([=, &action] {
    action = [=] {
      if (config::is_bench(arguments->path())) return check_bench(*arguments);
      const config::Suite suite = arguments->load();
      console::print("{}: ok; {}, {}, {}\n", arguments->path().string(), plural(suite.arms.size(), "arm"),
                     plural(suite.seeds.size(), "seed"), plural(suite.trials.size(), "trial"));
      return ExitCode::ok;
    };
  });
}

const bool kAdded = add_command("check", Group::suites, add);

}  // namespace
}  // namespace bnexp::cli
