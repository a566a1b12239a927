#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/console.h"
#include "base/output.h"
#include "cli/command.h"
#include "cli/trial.h"

namespace bnexp::cli {
namespace {

struct EvaluateOptions {
  SuiteArguments suite;  // the file may be a record
  std::string weights;
  std::string predictions;
  std::string logits;
};

// The input of an evaluation: settings, data, weights, and the files they come from.
struct Subject {
  config::TrialSpec spec;
  std::shared_ptr<data::Dataset> data;
  train::Weights weights;
  std::vector<std::filesystem::path> files;
};

Subject subject_of(const EvaluateOptions& options) {
  const std::string& file = options.suite.file;
  if (file.ends_with(".json")) {
    if (!options.suite.overrides.empty()) {
      throw usage_error("--set changes a configuration, and " + file + " is a record");
    }
    const store::Record record = store::read_record(file);
    return {spec_of(record, file),
            data_of(record, file, options.suite.data_folder),
            weights_of(record, file, options.weights),
            {file}};
  }
  if (options.weights.empty()) throw usage_error("a configuration has no weights", "name them with --weights FILE");
  const config::Suite suite = options.suite.load();
  if (suite.arms.size() != 1) {
    throw usage_error(fmt::format("{} has {} arms, and weights belong to one", file, suite.arms.size()),
                      "name a record, or a configuration without a sweep");
  }
  const config::TrialSpec& spec = suite.trials.front().spec;
  return {spec, data::load(spec.data, options.suite.places()), read_weights(options.weights), suite.files};
}

ExitCode evaluate(const EvaluateOptions& options) {
  const Subject subject = subject_of(options);
  check_outputs({{"--predictions", options.predictions}, {"--logits", options.logits}},
                inputs_of(subject.spec, *subject.data, subject.weights, subject.files));
  const train::Evaluation result = train::evaluate(subject.spec, *subject.data, subject.weights);
  console::print("{}: {} test images, loss {:.6f}, accuracy {:.2f}%\n", subject.weights.name, result.predictions.size(),
                 result.loss, 100 * result.accuracy);
  if (!options.predictions.empty()) {
    write_output(options.predictions, fmt::format("{}\n", fmt::join(result.predictions, "\n")));
    console::print("predictions: {}\n", options.predictions);
  }
  if (!options.logits.empty()) {
    write_output(options.logits, result.logits);
    console::print("logits: {}\n", options.logits);
  }
  return ExitCode::ok;
}

void add(CLI::App& app, Action& action) {
  auto options = std::make_shared<EvaluateOptions>();
  CLI::App* command =
      new_command(app, "evaluate", "Evaluate a network with weights from a safetensors file on the test set.",
                  "  bnexp evaluate results/mnist_convnet/records/0123456789abcdef.json\n"
                  "  bnexp evaluate my_suite.yaml --weights from_pytorch.safetensors --predictions predictions.txt\n"
                  "The tensors' names are those of PyTorch's state dict: conv1.weight, norm1.running_mean.");
  command->add_option("RECORD|CONFIG", options->suite.file, "a record's file, or a configuration of one arm")
      ->required();
  command->add_option("--set", options->suite.overrides, "override a value of the configuration (repeatable)")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  command
      ->add_option("--weights", options->weights, "default: the weights that `bnexp run --weights` kept for the record")
      ->type_name("FILE");
  command->add_option("--predictions", options->predictions, "write each image's predicted class, one per line")
      ->type_name("FILE");
  command->add_option("--logits", options->logits, "write the logits as a safetensors file with one tensor")
      ->type_name("FILE");
  command->add_option("--data-dir", options->suite.data_folder, "folder of the data set's files")->type_name("DIR");
  command->callback([=, &action] { action = [=] { return evaluate(*options); }; });
}

const bool kAdded = add_command("evaluate", Group::trials, add);

}  // namespace
}  // namespace bnexp::cli
