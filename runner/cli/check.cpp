#include <fmt/format.h>

#include "cli/command.h"

namespace bnexp::cli {

void add_check(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<SuiteArguments>();
  CLI::App* command =
      add_command(app, "check", "Read a suite and say everything that is wrong with it; trains nothing.",
                  "  bnexp check configs/lr_sweep.yaml\n"
                  "  bnexp check my_suite.yaml --set norm.eps=1e-3");
  arguments->add_to(*command, /*with_data=*/false);
  command->callback([=, &action] {
    action = [=] {
      const config::Suite suite = arguments->load();
      fmt::print("{}: ok; {} arms, {} seeds, {} trials\n", arguments->path().string(), suite.arms.size(),
                 suite.seeds.size(), suite.trials.size());
      return ExitCode::ok;
    };
  });
}

}  // namespace bnexp::cli
