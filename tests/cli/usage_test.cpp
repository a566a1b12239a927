// What the other subcommands say, to people and to machines.
#include "cli/program.h"
#include "support/catch.h"

namespace bnexp {
namespace {

using tests::Program;

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

const std::string kSource = BNEXP_SOURCE_DIR;

TEST_CASE("every shipped suite is valid and opens with question, command, minutes and expected answer") {
  const Program bnexp;
  for (const auto& entry : std::filesystem::directory_iterator(kSource + "/configs")) {
    if (entry.path().extension() != ".yaml") continue;
    INFO(entry.path());
    const auto outcome = bnexp({"check", entry.path().string()});
    INFO(outcome.err);
    CHECK(outcome.code == 0);
    const std::string text = tests::read_file(entry.path());
    for (const char* word : {"# Question ", "# Command ", "# Minutes ", "# Expected "}) CHECK(contains(text, word));
    CHECK(contains(text, "suite: " + entry.path().stem().string()));
  }
}

TEST_CASE("a wrong configuration is refused with its place, and nothing is trained") {
  const Program bnexp;
  bnexp.write("wrong.yaml", "model: convnet\nnorm: {name: group, groups: 5}\ntrain: {epoch: 3}\ndata: digits\n");
  const auto outcome = bnexp({"run", bnexp.path("wrong.yaml").string(), "--store", bnexp.path("store").string()});
  CHECK(outcome.code == 2);
  CHECK(contains(outcome.err, "wrong.yaml:2:"));
  CHECK(contains(outcome.err, "groups 5 doesn't divide the 32 channels"));
  CHECK(contains(outcome.err, "wrong.yaml:3:"));
  CHECK(contains(outcome.err, "did you mean 'epochs'?"));
  CHECK_FALSE(std::filesystem::exists(bnexp.path("store")));
}

TEST_CASE("a plan says what is cached, what is to run and how long it will take") {
  const Program bnexp;
  const auto plan = [&] {
    const auto outcome =
        bnexp({"plan", bnexp.path("suite.yaml").string(), "--store", bnexp.path("store").string(), "--json"});
    REQUIRE(outcome.code == 0);
    return Json::parse(outcome.out);
  };
  const Json before = plan();
  CHECK(before.at("arms").size() == 4);
  CHECK(before.at("trials").size() == 12);
  CHECK(before.at("counts").at("to_run") == 12);
  CHECK(before.at("estimate_s").is_null());
  CHECK_FALSE(std::filesystem::exists(bnexp.path("store")));

  REQUIRE(bnexp(bnexp.run_words("store", {"--set", "seeds=2"})).code == 0);
  const Json after = plan();
  CHECK(after.at("counts").at("cached") == 8);
  CHECK(after.at("counts").at("to_run") == 4);
  CHECK(after.at("estimate_s").get<double>() > 0);
}

TEST_CASE("explain says where a value came from") {
  const Program bnexp;
  const auto explain = [&](const std::string& key) {
    return bnexp({"explain", bnexp.path("suite.yaml").string(), key, "--set", "train.steps=7"}).out;
  };
  CHECK(contains(explain("train.steps"), "--set train.steps=7"));
  CHECK(contains(explain("train.batch_size"), "suite.yaml:5:"));
  CHECK(contains(explain("train.label_smoothing"), "default"));
}

TEST_CASE("lists are the same for people and machines") {
  const Program bnexp;
  for (const char* kind : {"norms", "models", "datasets", "optimizers", "schedules", "probes"}) {
    INFO(kind);
    const auto text = bnexp({"list", kind});
    const auto json = bnexp({"list", kind, "--json"});
    CHECK(text.code == 0);
    for (const auto& item : Json::parse(json.out)) {
      CHECK(contains(text.out, item.at("name")));
      CHECK_FALSE(item.at("summary").get<std::string>().empty());
      for (const auto& parameter : item.at("parameters")) {
        CHECK(parameter.contains("default"));
        CHECK_FALSE(parameter.at("doc").get<std::string>().empty());
      }
    }
  }
}

TEST_CASE("a mistyped command names the nearest one") {
  const Program bnexp;
  const auto outcome = bnexp({"rn"});
  CHECK(outcome.code == 2);
  CHECK(contains(outcome.err, "did you mean 'bnexp run'?"));
  CHECK(bnexp({"run"}).code == 2);
  CHECK(bnexp({"check", "no_such.yaml"}).code == 2);
  CHECK(bnexp({"report", bnexp.path("nowhere").string()}).code == 3);
}

#ifndef __SANITIZE_ADDRESS__
TEST_CASE("the program ends with its output, without tearing LibTorch down") {
  const Program bnexp;
  setenv("LD_DEBUG", "files", 1);
  const auto outcome = bnexp({"--version"});
  unsetenv("LD_DEBUG");
  CHECK(outcome.out.starts_with("bnexp "));
  CHECK(contains(outcome.err, "calling init"));
  CHECK_FALSE(contains(outcome.err, "calling fini"));
}
#endif

TEST_CASE("the configuration reference in the documents is the program's own") {
  const Program bnexp;
  const std::string path = kSource + "/configs/reference.md";
  const std::string now = bnexp({"schema", "--markdown"}).out;
  if (std::getenv("BNEXP_APPROVE") != nullptr) std::ofstream(path) << now;
  CHECK(tests::read_file(path) == now);
}

TEST_CASE("a last batch of one image is refused before training where only the files say how many there are") {
  const Program bnexp;
  REQUIRE(bnexp({"data", "export", bnexp.path("").string(), "--train", "133", "--test", "20"}).code == 0);
  const auto outcome = bnexp(bnexp.run_words("store", {"--set", tests::kExported}));
  INFO(outcome.err);
  CHECK(outcome.code == 2);
  CHECK(contains(outcome.err, "norm=batch, lr=0.01"));
  CHECK(contains(outcome.err, "the last batch of each epoch has 1 of the 33 training images"));
  CHECK(bnexp.record_files("store").empty());
}

TEST_CASE("suites from pipes have no folder of results in common") {
  const Program bnexp;
  const std::string nameless =
      "model: {name: mlp, widths: [8]}\ndata: {name: digits, train: 200, test: 50, validation: 50}\n"
      "train: {steps: 2, batch_size: 20}\n";
  bnexp.write("nameless.yaml", nameless);
  bnexp.write("named.yaml", "suite: named\n" + nameless);
  const auto piped = [&](const std::string& file) {
    const std::string folder = bnexp.path("").string();
    return tests::Process(folder, {"/bin/sh", "-c", "cd \"$1\" && cat \"$2\" | \"$0\" run /dev/stdin", BNEXP_PROGRAM,
                                   folder, file})
        .wait();
  };
  const auto refused = piped("nameless.yaml");
  CHECK(refused.code == 2);
  CHECK(contains(refused.err, "the suite from /dev/stdin has no name for its folder of results"));
  CHECK_FALSE(std::filesystem::exists(bnexp.path("results")));
  const auto outcome = piped("named.yaml");
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(bnexp.record_files("results/named").size() == 1);
}

TEST_CASE("where a run can start few threads, it trains every trial") {
  if (geteuid() != 0) {
    WARN("only root can run the program as a user without other processes");
    return;
  }
  const Program bnexp;
  REQUIRE(bnexp({"data", "export", bnexp.path("idx").string(), "--train", "500", "--test", "200"}).code == 0);
  namespace fs = std::filesystem;
  fs::permissions(bnexp.path(""), fs::perms::all);
  const auto limited = [&](const std::vector<std::string>& words) {
    const std::string as_other =
        "exec setpriv --reuid=65534 --regid=65534 --clear-groups sh -c 'ulimit -u 4; exec \"$0\" \"$@\"' \"$0\" \"$@\"";
    std::vector<std::string> command{"/bin/sh", "-c", as_other, BNEXP_PROGRAM};
    command.insert(command.end(), words.begin(), words.end());
    return tests::Process(bnexp.path("").string(), command).wait();
  };
  if (limited({"--version"}).code != 0) {
    WARN("another user can't run the program where it is");
    return;
  }
  const std::vector<std::string> three{"--set", "sweep=null", "--jobs", "1"};
  auto digits = bnexp.run_words("digits", three), idx = bnexp.run_words("idx_store", three);
  idx.insert(idx.end(), {"--set", tests::kExported, "--data-dir", bnexp.path("idx").string()});
  for (const auto& words : {digits, idx}) {
    const auto outcome = limited(words);
    INFO(outcome.err);
    CHECK(outcome.code == 0);
    CHECK(contains(outcome.out, "3 trials: 3 ok"));
  }
}

TEST_CASE("what can't be told from what isn't there is an error") {
  const Program bnexp;
  REQUIRE(bnexp(bnexp.run_words("store", {"--set", "seeds=1"})).code == 0);
  const auto plan = bnexp({"plan", bnexp.path("suite.yaml").string(), "--store", std::string(300, 'a')});
  CHECK(plan.code == 3);
  CHECK(contains(plan.err, "File name too long"));
  std::filesystem::create_symlink("weights", bnexp.path("store/weights"));
  const auto weights =
      bnexp({"evaluate", (bnexp.path("store/records") / bnexp.record_files("store").begin()->first).string()});
  CHECK(weights.code == 3);
  CHECK(contains(weights.err, "symbolic links"));
}

TEST_CASE("exported digits are read back as the same data") {
  const Program bnexp;
  const auto exported =
      bnexp({"data", "export", bnexp.path("idx").string(), "--seed", "3", "--train", "500", "--test", "200"});
  INFO(exported.err);
  REQUIRE(exported.code == 0);
  const std::vector<std::string> one_trial{"--set", "seeds=1", "--set", "sweep=null"};
  auto digits = bnexp.run_words("digits", one_trial);
  digits.insert(digits.end(), {"--set", "data.seed=3"});
  REQUIRE(bnexp(digits).code == 0);
  auto files = bnexp.run_words("files", one_trial);
  files.insert(files.end(), {"--set", tests::kExported, "--data-dir", bnexp.path("idx").string()});
  const auto outcome = bnexp(files);
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  CHECK(bnexp.records("digits").begin()->second.at("metrics") == bnexp.records("files").begin()->second.at("metrics"));
}

TEST_CASE("an unexpected exception is an internal error with exit code 70, to be reported") {
  const Program bnexp;
  const std::string record = bnexp.path("record.json").string();
  const auto repeat = [&](const std::string& hostile) {
    return tests::Process(bnexp.path("").string(), {"/usr/bin/env", std::string("LD_PRELOAD=") + BNEXP_HOSTILE_SYSTEM,
                                                    "HOSTILE_FILE=" + hostile, BNEXP_PROGRAM, "repeat", record})
        .wait();
  };
  const auto outcome = repeat(record);
  CHECK(outcome.code == 70);
  CHECK(contains(outcome.err, "bnexp: internal error: the system is hostile\n  please report it"));
  CHECK(repeat("").code == 3);
}

TEST_CASE("what can't be read is named with a remedy that fits the cause") {
  const Program bnexp;
  bnexp.write("one.yaml",
              "model: {name: mlp, widths: [8]}\ndata: {name: digits, train: 200, test: 50, validation: 50}\n");
  for (const std::string file : {"/nowhere/weights", "/dev/zero", "/"}) {
    const auto outcome = bnexp({"evaluate", bnexp.path("one.yaml").string(), "--weights", file});
    INFO(outcome.err);
    CHECK(outcome.code == 3);
    CHECK(contains(outcome.err, "cannot read " + file));
    CHECK(
        contains(outcome.err, file == "/nowhere/weights" ? "check the path" : "name a file, not a folder or a device"));
  }
}

}  // namespace
}  // namespace bnexp
