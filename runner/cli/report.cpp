#include "report/report.h"

#include "base/console.h"
#include "cli/command.h"
#include "report/bench_report.h"
#include "report/bench_results.h"

namespace bnexp::cli {

void add_report(CLI::App& app, Action& action) {
  auto folder = std::make_shared<std::string>();
  CLI::App* command = add_command(app, "report", "Make a store's report.html and report.md anew, from its records.",
                                  "  bnexp report results/lr_sweep");
  command->add_option("DIR", *folder, "the store that a run or a bench wrote")->required();
  command->callback([=, &action] {
    action = [=] {
      const auto assets = share_folder() / "report";
      const auto page = report::is_bench_folder(*folder) ? report::write_bench(*folder, assets)
                                                         : report::write(store::Store::open(*folder), assets);
      console::print("{}\n", page.string());
      return ExitCode::ok;
    };
  });
}

}  // namespace bnexp::cli
