#include "report/report.h"

#include <fmt/format.h>

#include "cli/command.h"

namespace bnexp::cli {

void add_report(CLI::App& app, Action& action) {
  auto folder = std::make_shared<std::string>();
  CLI::App* command = add_command(app, "report", "Make a store's report.html and report.md anew, from its records.",
                                  "  bnexp report results/lr_sweep");
  command->add_option("DIR", *folder, "the store that a run wrote")->required();
  command->callback([=, &action] {
    action = [=] {
      const auto page = report::write(store::Store::open(*folder), share_folder() / "report");
      fmt::print("{}\n", page.string());
      return ExitCode::ok;
    };
  });
}

}  // namespace bnexp::cli
