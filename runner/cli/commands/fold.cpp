#include "base/console.h"
#include "base/output.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/trial.h"

namespace bnexp::cli {
namespace {

struct FoldOptions {
  std::string record;
  std::string weights;
  std::string out;
  std::string data_folder;
  bool as_json = false;
};

Json to_json(const store::Record& record, const train::Folding& folding) {
  Json folded = Json::array();
  for (const auto& [norm, layer] : folding.folded) folded.push_back({{"norm", norm}, {"layer", layer}});
  Json refused = Json::array();
  for (const auto& [norm, reason] : folding.refused) refused.push_back({{"norm", norm}, {"reason", reason}});
  return {{"trial", record.trial},
          {"folded", std::move(folded)},
          {"refused", std::move(refused)},
          {"images", folding.images},
          {"equal_predictions", folding.equal},
          {"accuracy_before", folding.accuracy_before},
          {"accuracy_after", folding.accuracy_after},
          {"largest_logit", folding.largest_logit},
          {"largest_difference", folding.difference},
          {"largest_difference_double", folding.difference_double},
          {"speedup", folding.speedup}};
}

void print_text(const store::Record& record, const train::Folding& folding) {
  console::print("{}, seed {}: {} of {} folded\n", record.arm, record.seed, folding.folded.size(),
                 plural(folding.folded.size() + folding.refused.size(), "norm"));
  for (const auto& [norm, layer] : folding.folded) console::print("  {} into {}\n", norm, layer);
  for (const auto& [norm, reason] : folding.refused) console::print("  {} is not folded: {}\n", norm, reason);
  console::print("predictions: {} of {} equal; accuracy {:.2f}% before, {:.2f}% after\n", folding.equal, folding.images,
                 100 * folding.accuracy_before, 100 * folding.accuracy_after);
  console::print("largest difference of a logit: {:.1e}, in double precision {:.1e}; largest logit {:.1f}\n",
                 folding.difference, folding.difference_double, folding.largest_logit);
  console::print("evaluation is {:.2f} times as fast (median of {} measurements)\n", folding.speedup,
                 folding.repetitions);
}

ExitCode fold(const FoldOptions& options) {
  const store::Record record = store::read_record(options.record);
  const train::Weights weights = weights_of(record, options.record, options.weights);
  const auto data = data_of(record, options.record, options.data_folder);
  const config::TrialSpec spec = spec_of(record, options.record);
  check_outputs({{"--out", options.out}}, inputs_of(spec, *data, weights, {options.record}));
  const train::Folding folding = train::fold(spec, *data, weights);
  if (!options.out.empty()) write_output(options.out, folding.weights);
  if (options.as_json) {
    console::write(pretty(to_json(record, folding)) + "\n");
  } else {
    print_text(record, folding);
    if (!options.out.empty()) console::print("folded weights: {}\n", options.out);
  }
  return folding.equal == folding.images ? ExitCode::ok : ExitCode::trial;
}

void add(CLI::App& app, Action& action) {
  auto options = std::make_shared<FoldOptions>();
  CLI::App* command = new_command(
      app, "fold", "Fold a trained network's norms into the layers before them, and compare it with the original.",
      "  bnexp fold results/mnist_convnet/records/0123456789abcdef.json\n"
      "  bnexp fold results/mnist_convnet/records/0123456789abcdef.json --out folded.safetensors --json\n"
      "Exit code 0 when every prediction on the test set stays the same, else 1.");
  command->add_option("RECORD", options->record, "the record's file")->required();
  command
      ->add_option("--weights", options->weights, "default: the weights that `bnexp run --weights` kept for the record")
      ->type_name("FILE");
  command->add_option("--out", options->out, "write the folded network's weights as a safetensors file")
      ->type_name("FILE");
  command->add_option("--data-dir", options->data_folder, "folder of the data set's files")->type_name("DIR");
  command->add_flag("--json", options->as_json, "print the result as JSON");
  command->callback([=, &action] { action = [=] { return fold(*options); }; });
}

const bool kAdded = add_command("fold", Group::trials, add);

}  // namespace
}  // namespace bnexp::cli
