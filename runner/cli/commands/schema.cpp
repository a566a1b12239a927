#include "config/manual/schema.h"

#include "base/console.h"
#include "cli/command.h"
#include "config/manual/reference.h"

namespace bnexp::cli {
namespace {

void add(CLI::App& app, Action& action) {
  auto as_reference = std::make_shared<bool>(false);
  CLI::App* command = new_command(app, "schema", "Print the JSON Schema of a suite's YAML, for editors.",
                                  "  bnexp schema > bnexp.schema.json\n"
                                  "  bnexp schema --markdown        the configuration reference as Markdown");
  command->add_flag("--markdown", *as_reference, "the configuration reference instead");
  command->callback([=, &action] {
    action = [=] {
      if (*as_reference) {
        console::print("{}", config::reference_markdown());
      } else {
        console::write(pretty(config::suite_schema()) + "\n");
      }
      return ExitCode::ok;
    };
  });
}

const bool kAdded = add_command("schema", Group::reference, add);

}  // namespace
}  // namespace bnexp::cli
