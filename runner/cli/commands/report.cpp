#include "report/report.h"

#include "base/console.h"
#include "cli/command.h"

namespace bnexp::cli {
namespace {

void add(CLI::App& app, Action& action) {
  auto folder = std::make_shared<std::string>();
  CLI::App* command = new_command(app, "report", "Write a store's report.html and report.md again, from its records.",
                                  "  bnexp report results/lr_sweep");
  command->add_option("DIR", *folder, "the store that a run or a bench wrote")->required();
  command->callback([=, &action] {
    action = [=] {
      const auto assets = share_folder() / "report";
      console::print("{}\n", report::write(*folder, assets).string());
      return ExitCode::ok;
    };
  });
}

const bool kAdded = add_command("report", Group::suites, add);

}  // namespace
}  // namespace bnexp::cli
