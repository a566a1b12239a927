#include <fmt/format.h>

#include "base/console.h"
#include "base/text.h"
#include "cli/command.h"
#include "store/garbage.h"

namespace bnexp::cli {
namespace {

struct GcOptions {
  std::string store;
  bool unplanned = false;
  bool is_dry = false;
};

ExitCode collect(const GcOptions& options) {
  const store::Store store = store::Store::open(options.store);
  const auto files = store::garbage(store, options.unplanned);
  std::uint64_t bytes = 0;
  for (const auto& one : files) {
    bytes += one.bytes;
    console::print("{}: {}\n", printable(one.file.string()), one.why);
  }
  if (!options.is_dry) store::remove(files);
  console::print("{}{}, {:.1f} MB\n", options.is_dry ? "would remove " : "removed ", plural(files.size(), "file"),
                 static_cast<double>(bytes) / 1e6);
  return ExitCode::ok;
}

void add(CLI::App& app, Action& action) {
  auto options = std::make_shared<GcOptions>();
  CLI::App* command = new_command(
      app, "gc",
      "Remove files of a store that nothing needs: temporary files and leases of processes that are gone, checkpoints "
      "of trials that are finished or not in the plan.",
      "  bnexp gc results/lr_sweep --dry-run\n"
      "  bnexp gc results/lr_sweep\n"
      "  bnexp gc results/lr_sweep --unplanned --dry-run\n"
      "  bnexp gc results/lr_sweep --unplanned\n"
      "Files that a run has set aside (NAME.damaged) stay.");
  command->add_option("STORE", options->store, "a folder of records")->required();
  command->add_flag("--unplanned", options->unplanned,
                    "also records and weights of trials that the plan does not have; needs a plan");
  command->add_flag("--dry-run", options->is_dry, "only list the files");
  command->callback([=, &action] { action = [=] { return collect(*options); }; });
}

const bool kAdded = add_command("gc", Group::suites, add);

}  // namespace
}  // namespace bnexp::cli
