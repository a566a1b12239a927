// A norm from Python through the whole program: checked, trained in workers, cached by its content, repeated.
#include "cli/program.h"
#include "support/catch.h"

namespace bnexp {
namespace {

using tests::Program;

constexpr const char* kScriptSuite = R"(suite: scripted
question: Does a norm from Python train?
model: {name: mlp, widths: [32, 16]}
data: {name: digits, train: 500, test: 200, validation: 100}
train: {steps: 60, batch_size: 32, optimizer: {name: sgd, lr: 0.1}}
seeds: 2
sweep:
  grid:
    norm: [{name: torchscript, path: norms/my_norm.pt}, batch]
)";

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// A folder with the suite and, beside it, one of tests/norm/torchscript as norms/my_norm.pt.
class ScriptProgram : public Program {
 public:
  explicit ScriptProgram(const std::string& script) {
    write("suite.yaml", kScriptSuite);
    std::filesystem::create_directory(path("norms"));
    put(script);
  }
  void put(const std::string& script) const {
    std::filesystem::copy_file(std::string(BNEXP_SOURCE_DIR) + "/tests/norm/torchscript/" + script,
                               path("norms/my_norm.pt"), std::filesystem::copy_options::overwrite_existing);
  }
  std::string suite() const { return path("suite.yaml").string(); }
};

// The record of the first seed of the scripted arm, and its path.
std::pair<std::string, Json> scripted(const Program& bnexp, const std::string& store) {
  for (const auto& [name, record] : bnexp.records(store)) {
    if (record.at("settings").at("norm").at("name") == "torchscript" && record.at("seed") == 1) return {name, record};
  }
  return {};
}

TEST_CASE("a norm from Python trains in workers and in process to the same bits, and learns as batch norm does") {
  const ScriptProgram bnexp("batchlike.pt");
  const auto outcome = bnexp(bnexp.run_words("workers", {"--jobs", "2"}));
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  REQUIRE(bnexp(bnexp.run_words("inline", {"--executor", "inline"})).code == 0);
  CHECK(bnexp.records("workers") == bnexp.records("inline"));
  const auto [name, record] = scripted(bnexp, "workers");
  CHECK(record.at("settings").at("norm").at("sha256").get<std::string>().size() == 64);
  double batch = 0;
  for (const auto& [other, twin] : bnexp.records("workers")) {
    if (twin.at("settings").at("norm").at("name") == "batch" && twin.at("seed") == 1) {
      batch = twin.at("metrics").at("test_accuracy");
    }
  }
  CHECK(record.at("metrics").at("test_accuracy").get<double>() == Approx(batch).margin(0.03));

  const auto again = bnexp(bnexp.run_words("workers"));
  CHECK(contains(again.out + again.err, "nothing to train"));
}

TEST_CASE("a norm file with another content makes other trials, and the old ones can't be repeated with it") {
  const ScriptProgram bnexp("batchlike.pt");
  REQUIRE(bnexp(bnexp.run_words("store", {"--set", "seeds=1"})).code == 0);
  const auto [name, record] = scripted(bnexp, "store");
  const std::string path = bnexp.path("store/records/" + name).string();
  CHECK(contains(bnexp({"repeat", path}).out, "same bits"));

  bnexp.put("latefailure.pt");
  const auto outcome = bnexp(bnexp.run_words("store", {"--set", "seeds=1"}));
  CHECK(outcome.code == 1);
  CHECK(bnexp.record_files("store").size() == 3);
  const auto repeated = bnexp({"repeat", path});
  CHECK(repeated.code == 3);
  CHECK(contains(repeated.out + repeated.err, "norms/my_norm.pt is not the file that the settings name"));

  int failed = 0;
  for (const auto& [other, now] : bnexp.records("store")) {
    if (now.at("status") != "failed") continue;
    ++failed;
    CHECK(now.at("failure").at("message") == "norms/my_norm.pt: ValueError: more samples than this norm can take");
  }
  CHECK(failed == 1);
}

TEST_CASE("a record whose norm's file is gone is not said to differ") {
  const ScriptProgram bnexp("batchlike.pt");
  REQUIRE(bnexp(bnexp.run_words("store", {"--set", "seeds=1"})).code == 0);
  const auto [name, record] = scripted(bnexp, "store");
  std::filesystem::remove(bnexp.path("norms/my_norm.pt"));
  const auto repeated = bnexp({"repeat", bnexp.path("store/records/" + name).string()});
  CHECK(repeated.code == 3);
  CHECK(contains(repeated.err, "norms/my_norm.pt is not there"));
}

TEST_CASE("repeat, evaluate and fold find a norm's file from its record, in any folder and after a move of both") {
  const ScriptProgram bnexp("batchlike.pt");
  REQUIRE(bnexp(bnexp.run_words("results/store", {"--set", "seeds=1", "--weights"})).code == 0);
  const auto [name, record] = scripted(bnexp, "results/store");
  const Json kept = Json::parse(tests::read_file(bnexp.path("results/store/records/" + name)));
  CHECK(kept.at("context").at("config_folder") == "../..");
  CHECK_FALSE(contains(record.dump(), bnexp.path("").string()));  // no absolute path decides the id
  const auto works = [&, name = name](const std::string& store) {
    for (const char* command : {"repeat", "evaluate", "fold"}) {
      INFO(command << " " << store);
      // From the root folder.
      tests::Process process(bnexp.path("").string(), {"/usr/bin/env", "-C", "/", BNEXP_PROGRAM, command,
                                                       bnexp.path(store + "/records/" + name).string()});
      const auto outcome = process.wait();
      INFO(outcome.out << outcome.err);
      CHECK(outcome.code == 0);
    }
  };
  works("results/store");
  std::filesystem::create_directory(bnexp.path("moved"));
  std::filesystem::rename(bnexp.path("norms"), bnexp.path("moved/norms"));
  std::filesystem::create_directory(bnexp.path("moved/results"));
  std::filesystem::rename(bnexp.path("results/store"), bnexp.path("moved/results/store"));
  works("moved/results/store");
}

TEST_CASE("a norm file that can't be used is refused by `check` with place, file and reason") {
  const ScriptProgram bnexp("raises.pt");
  const auto refused = [&](const std::string& reason) {
    const auto outcome = bnexp({"check", bnexp.suite()});
    INFO(outcome.err);
    CHECK(outcome.code == 2);
    CHECK(contains(outcome.err, "suite.yaml:"));
    CHECK(contains(outcome.err, "norms/my_norm.pt"));
    CHECK(contains(outcome.err, reason));
    CHECK_FALSE(contains(outcome.err, "Traceback"));
    CHECK_FALSE(contains(outcome.err, "frame #"));
  };
  refused("this norm is not ready");
  bnexp.put("nested.pt");  // made for 16 channels
  refused("norm1");
  bnexp.write("norms/my_norm.pt", "not an archive");
  refused("not a TorchScript file");
  std::filesystem::remove(bnexp.path("norms/my_norm.pt"));
  refused("no such file");
}

TEST_CASE("a norm file outside of the configuration's folder is refused") {
  const ScriptProgram bnexp("batchlike.pt");
  for (const std::string path : {"../my_norm.pt", "/tmp/my_norm.pt"}) {
    const std::string norms = "sweep.grid.norm=[batch, {name: torchscript, path: " + path + "}]";
    const auto outcome = bnexp({"check", bnexp.suite(), "--set", norms});
    CHECK(outcome.code == 2);
    CHECK(contains(outcome.err, "outside of the configuration's folder"));
  }
}

}  // namespace
}  // namespace bnexp
