#include "config/manual/list.h"

#include "base/console.h"
#include "cli/command.h"

namespace bnexp::cli {
namespace {

void add(CLI::App& app, Action& action) {
  auto kind = std::make_shared<std::string>();
  auto as_json = std::make_shared<bool>(false);
  CLI::App* command =
      new_command(app, "list", "List what a suite or an option can name, with parameters, defaults and bounds.",
                  "  bnexp list norms\n"
                  "  bnexp list optimizers --json");
  command->add_option("KIND", *kind, "norms, models, datasets, optimizers, schedules, probes, claims or executors")
      ->required()
      ->check(
          CLI::IsMember({"norms", "models", "datasets", "optimizers", "schedules", "probes", "claims", "executors"}));
  command->add_flag("--json", *as_json, "print a JSON array");
  command->callback([=, &action] {
    action = [=] {
      const std::string singular = kind->substr(0, kind->size() - 1);
      if (*as_json) {
        console::write(pretty(config::list_json(singular)) + "\n");
      } else {
        console::print("{}", config::list_text(singular));
      }
      return ExitCode::ok;
    };
  });
}

const bool kAdded = add_command("list", Group::reference, add);

}  // namespace
}  // namespace bnexp::cli
