#include <fmt/format.h>

#include "base/console.h"
#include "base/error.h"
#include "base/output.h"
#include "cli/command.h"
#include "cli/trial.h"
#include "cli/verification.h"

namespace bnexp::cli {
namespace {

struct RepeatOptions {
  std::string record;
  std::string data_folder;
  std::string weights;
};

ExitCode repeat(const RepeatOptions& options) {
  std::string weights;
  VerifyOptions verification{.jobs = 1, .data_folder = options.data_folder};
  verification.before = [&](const config::TrialSpec& spec, const data::Dataset& data) {
    check_outputs({{"--weights", options.weights}}, inputs_of(spec, data, {}, {options.record}));
  };
  if (!options.weights.empty()) verification.weights = [&](const std::string& bytes) { weights = bytes; };
  const store::Record record = store::read_record(options.record);
  const auto stores = verify({options.record}, verification);
  const Verified& verified = stores.front().records.front();
  if (verified.obstacle) throw *verified.obstacle;
  if (verified.verdict == Verdict::not_compared && !verified.reproduction) {
    throw environment_error(fmt::format("{} is not trained again: {}", options.record, verified.detail));
  }
  if (!weights.empty()) {
    write_output(options.weights, weights);
    console::print("weights: {}\n", options.weights);
  }
  console::print("{}, seed {}: {}, {}\n", record.arm, record.seed, to_string(verified.verdict), verified.detail);
  return exit_code(stores);
}

void add(CLI::App& app, Action& action) {
  auto options = std::make_shared<RepeatOptions>();
  CLI::App* command =
      new_command(app, "repeat", "Train the trial of one record again for its weights, and compare as verify does.",
                  "  bnexp repeat results/quickstart/records/0123456789abcdef.json\n"
                  "  bnexp repeat results/quickstart/records/0123456789abcdef.json --weights final.safetensors\n"
                  "Exit codes: 0 nothing found, 1 the record is invalid or differs, 2 usage, 3 environment, I/O, or it "
                  "can't be\ntrained or compared here.");
  command->add_option("RECORD", options->record, "the record's file")->required();
  command->add_option("--weights", options->weights, "write its final weights to this safetensors file")
      ->type_name("FILE");
  command->add_option("--data-dir", options->data_folder, "folder of the data set's files")->type_name("DIR");
  command->callback([=, &action] { action = [=] { return repeat(*options); }; });
}

const bool kAdded = add_command("repeat", Group::trials, add);

}  // namespace
}  // namespace bnexp::cli
