#include <limits>

#include "base/console.h"
#include "cli/command.h"
#include "config/settings/catalog.h"
#include "data/export.h"
#include "data/mnist.h"

namespace bnexp::cli {
namespace {

// Every option of a command belongs to one struct, which the command's action holds. A separate value that the action
// doesn't use would be destroyed before the command line is read.
struct Fetch {
  std::string name;
  data::Places places;
};

void add_fetch(CLI::App& data, Action& action) {
  auto options = std::make_shared<Fetch>();
  CLI::App* command = new_command(data, "fetch", "Download a data set, check it, and put it in the cache folder.",
                                  "  bnexp data fetch mnist\n"
                                  "  bnexp data fetch mnist --data-dir ~/data/mnist");
  command->add_option("NAME", options->name, "mnist")->required()->check(CLI::IsMember({"mnist"}));
  command->add_option("--data-dir", options->places.folder, "put it into this folder instead")->type_name("DIR");
  command->add_flag("--quiet", options->places.quiet, "show no progress");
  command->callback([=, &action] {
    action = [=] {
      console::print("{}\n", data::fetch_mnist(options->places).string());
      return ExitCode::ok;
    };
  });
}

struct Export {
  std::string folder;
  std::int64_t seed = 0;
  std::int64_t train = 0;
  std::int64_t test = 0;
};

void add_export(CLI::App& data, Action& action) {
  auto options = std::make_shared<Export>();
  const Json defaults = config::default_variant("dataset", "digits").settings;
  options->seed = defaults.at("seed");
  options->train = defaults.at("train");
  options->test = defaults.at("test");
  CLI::App* command = new_command(data, "export", "Write the embedded digits as four IDX files, for other programs.",
                                  "  bnexp data export digits_idx --train 60000 --test 10000");
  command->add_option("DIR", options->folder, "folder to write into; created if missing")->required();
  add_count(*command, "--seed", options->seed, 0, std::numeric_limits<std::int64_t>::max(), "seed of the drawing");
  add_count(*command, "--train", options->train, 1, 1000000, "number of training images");
  add_count(*command, "--test", options->test, 1, 1000000, "number of test images");
  command->callback([=, &action] {
    action = [=] {
      config::Variant digits = config::default_variant("dataset", "digits");
      digits.settings.update({{"seed", options->seed}, {"train", options->train}, {"test", options->test}});
      digits.settings["validation"] = 0;
      data::write_idx_files(*data::load(digits, {}), options->folder);
      console::print("{}\n", options->folder);
      return ExitCode::ok;
    };
  });
}

void add(CLI::App& app, Action& action) {
  CLI::App* command = new_command(app, "data", "Download or export a data set.",
                                  "  bnexp data fetch mnist\n"
                                  "  bnexp data export digits_idx");
  command->require_subcommand(1);
  add_fetch(*command, action);
  add_export(*command, action);
}

const bool kAdded = add_command("data", Group::reference, add);

}  // namespace
}  // namespace bnexp::cli
