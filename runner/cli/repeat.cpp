#include <fmt/format.h>

#include <fstream>
#include <iterator>

#include "cli/command.h"
#include "store/record.h"
#include "train/trainer.h"

namespace bnexp::cli {
namespace {

store::Record read_record(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw environment_error("can't read " + path, "name a record: results/SUITE/records/TRIAL.json");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) throw environment_error(path + " is not JSON: perhaps half a file", "run its suite again");
  return store::from_json(json, path);
}

// The names of the parts that differ, of those that must not.
std::vector<std::string> differences(const train::TrialResult& before, const train::TrialResult& now) {
  std::vector<std::string> names;
  const auto compare = [&](const char* name, const Json& a, const Json& b) {
    if (a.dump() != b.dump()) names.push_back(name);
  };
  compare("status", train::to_string(before.status), train::to_string(now.status));
  compare("data", before.data, now.data);
  compare("history", before.history, now.history);
  compare("metrics", before.metrics, now.metrics);
  compare("probes", before.probes, now.probes);
  return names;
}

ExitCode repeat(const std::string& path, const std::string& data_folder) {
  const store::Record record = read_record(path);
  const auto spec = config::from_json<config::TrialSpec>(record.settings);
  const auto data = data::load(spec.data, {.folder = data_folder});
  if (record.result.data.value("sha256", "") != data->header().sha256) {
    throw environment_error(
        fmt::format("the data here ({}) is not what {} was trained on", data->header().sha256, path),
        "fetch the same data set, or name its folder with --data-dir");
  }
  fmt::print("{}, seed {}: training again\n", record.arm, record.seed);
  const train::TrialResult result = train::run(spec, *data, {});
  const auto differing = differences(record.result, result);
  if (result.failure) fmt::print("{}: {}\n", train::to_string(result.status), result.failure->message);
  if (result.metrics.contains("test_accuracy")) {
    fmt::print("test accuracy {:.4f}\n", result.metrics.at("test_accuracy").get<double>());
  }
  if (differing.empty()) {
    fmt::print("the same bits as the record\n");
    return ExitCode::ok;
  }
  fmt::print("differs from the record in {}\n", fmt::join(differing, ", "));
  fmt::print("the record was made by bnexp {}, LibTorch {}, {}, {}; other versions and processors round differently\n",
             record.context.value("bnexp", "?"), record.context.value("libtorch", "?"),
             record.context.value("isa", "?"), record.context.value("cpu", "?"));
  return ExitCode::trial;
}

}  // namespace

void add_repeat(CLI::App& app, Action& action) {
  auto path = std::make_shared<std::string>();
  auto data_folder = std::make_shared<std::string>();
  CLI::App* command = add_command(app, "repeat", "Train the trial of one record again and compare, bit for bit.",
                                  "  bnexp repeat results/quickstart/records/0123456789abcdef.json");
  command->add_option("RECORD", *path, "the record's file")->required();
  command->add_option("--data-dir", *data_folder, "folder of the data set's files")->type_name("DIR");
  command->callback([=, &action] { action = [=] { return repeat(*path, *data_folder); }; });
}

}  // namespace bnexp::cli
