#include <fmt/format.h>

#include "base/console.h"
#include "base/error.h"
#include "base/files.h"
#include "base/output.h"
#include "cli/command.h"
#include "cli/trial.h"
#include "train/guard.h"

namespace bnexp::cli {
namespace {

struct RepeatOptions {
  std::string record;
  std::string data_folder;
  std::string weights;
};

ExitCode repeat(const RepeatOptions& options) {
  const store::Record record = store::read_record(options.record);
  const auto spec = recorded_spec(record, options.record);
  if (spec.device == "cuda" && train::decided_device("auto") != "cuda") {
    throw environment_error(options.record + " was trained on a CUDA device, and this machine has none",
                            "repeat it on a machine with " + record.context.value("gpu", "one"));
  }
  const auto data = data_of(record, options.record, options.data_folder);
  if (const auto file = norm_file(spec); !file.empty() && !is_there(file)) {
    throw environment_error(fmt::format("the norm's file {} is not there", file.string()), "put it back");
  }
  check_outputs({{"--weights", options.weights}}, inputs_of(spec, *data, {}, {options.record}));
  console::print("{}, seed {}: training again\n", record.arm, record.seed);
  train::Callbacks callbacks;
  std::string weights;
  if (!options.weights.empty()) callbacks.weights = [&](const std::string& bytes) { weights = bytes; };
  const auto train = [&](const train::Callbacks& guarded) { return train::run(spec, *data, guarded); };
  const train::TrialResult result = train::guarded(train, record.settings, *data, callbacks);
  if (!weights.empty()) write_output(options.weights, weights);
  const auto differing = store::differences(record.result, result);
  if (result.failure) console::print("{}: {}\n", train::to_string(result.status), result.failure->message);
  if (result.metrics.contains("test_accuracy")) {
    console::print("test accuracy {:.4f}\n", result.metrics.at("test_accuracy").get<double>());
  }
  if (!weights.empty()) console::print("weights: {}\n", options.weights);
  if (differing.empty()) {
    console::print("the same bits as the record\n");
    return ExitCode::ok;
  }
  const std::string gpu = record.context.value("gpu", "");
  console::print("differs from the record in {}\n", fmt::join(differing, ", "));
  console::print(
      "the record was made by bnexp {}, LibTorch {}, {}, {}{}; other versions and processors round differently\n",
      record.context.value("bnexp", "?"), record.context.value("libtorch", "?"), record.context.value("isa", "?"),
      record.context.value("cpu", "?"), gpu.empty() ? "" : ", " + gpu);
  return ExitCode::trial;
}

void add(CLI::App& app, Action& action) {
  auto options = std::make_shared<RepeatOptions>();
  CLI::App* command =
      new_command(app, "repeat", "Train the trial of one record again and compare, bit for bit.",
                  "  bnexp repeat results/quickstart/records/0123456789abcdef.json\n"
                  "  bnexp repeat results/quickstart/records/0123456789abcdef.json --weights final.safetensors");
  command->add_option("RECORD", options->record, "the record's file")->required();
  command->add_option("--weights", options->weights, "write its final weights to this safetensors file")
      ->type_name("FILE");
  command->add_option("--data-dir", options->data_folder, "folder of the data set's files")->type_name("DIR");
  command->callback([=, &action] { action = [=] { return repeat(*options); }; });
}

const bool kAdded = add_command("repeat", Group::trials, add);

}  // namespace
}  // namespace bnexp::cli
