#include "exec/worker.h"

#include "cli/command.h"

namespace bnexp::cli {

// Started by `bnexp run`, not by people: no help lists it.
void add_worker(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("worker", "")->group("");
  auto descriptors = std::make_shared<std::vector<std::string>>();
  command->add_option("DESCRIPTORS", *descriptors)->required();
  command->callback([=, &action] {
    action = [=] { return static_cast<ExitCode>(exec::worker_main(*descriptors, train_settings)); };
  });
}

}  // namespace bnexp::cli
