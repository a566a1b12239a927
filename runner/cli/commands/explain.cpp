#include "config/suite/explain.h"

#include "base/console.h"
#include "cli/command.h"

namespace bnexp::cli {
namespace {

void add(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<SuiteArguments>();
  auto key = std::make_shared<std::string>();
  CLI::App* command = new_command(app, "explain", "Show a setting's value and where it came from.",
                                  "  bnexp explain configs/lr_sweep.yaml train.optimizer.lr\n"
                                  "  bnexp explain configs/lr_sweep.yaml train\n"
                                  "  bnexp explain configs/lr_sweep.yaml");
  arguments->add_to(*command, /*with_data=*/false);
  command->add_option("KEY", *key, "a dotted key, or a group of keys; default: all keys");
  command->callback([=, &action] {
    action = [=] {
      const auto lines = config::explain(arguments->path(), arguments->overrides, *key);
      for (const auto& line : lines) {
        console::print("{} = {}\n  from {}\n", line.key, line.value.dump(), line.where);
        for (const auto& hidden : line.hidden) console::print("  over {}\n", hidden);
        if (!line.doc.empty()) console::print("  {}\n", line.doc);
      }
      return ExitCode::ok;
    };
  });
}

const bool kAdded = add_command("explain", Group::suites, add);

}  // namespace
}  // namespace bnexp::cli
