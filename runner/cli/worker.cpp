#include "exec/worker.h"

#include "cli/command.h"
#include "train/trainer.h"

namespace bnexp::cli {

// Started by `bnexp run`, not by people: no help lists it.
void add_worker(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("worker", "")->group("");
  auto socket = std::make_shared<int>(-1);
  auto data = std::make_shared<std::vector<int>>();
  command->add_option("--socket", *socket)->required();
  command->add_option("--data", *data)->delimiter(',')->required();
  command->callback(
      [=, &action] { action = [=] { return static_cast<ExitCode>(exec::worker_main(*socket, *data, train::run)); }; });
}

}  // namespace bnexp::cli
