// Standard output, standard error and files that the user names, where they cannot take what they are given.
#include "cli/program.h"
#include "support/catch.h"

namespace bnexp {
namespace {

using tests::Program;

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// `words` with the shell's redirections.
tests::Outcome redirected(const Program& bnexp, std::vector<std::string> words, const std::string& where) {
  words.insert(words.begin(), {"/bin/sh", "-c", "exec \"$0\" \"$@\" " + where, BNEXP_PROGRAM});
  return tests::Process(bnexp.path("").string(), words).wait();
}

// In place of twelve trials.
constexpr const char* kOneTrial =
    "suite: one\nmodel: {name: mlp, widths: [32]}\nnorm: batch\nseeds: 1\n"
    "data: {name: digits, train: 500, test: 200, validation: 100}\ntrain: {steps: 5, batch_size: 32}\n";

TEST_CASE("output that cannot be written ends in a sentence and exit code 3, and the work is kept") {
  const Program bnexp;
  const std::string suite = bnexp.path("suite.yaml").string();
  const std::vector<std::vector<std::string>> commands{
      {"list", "norms"},         {"schema"},
      {"check", suite},          {"explain", suite},
      {"plan", suite, "--json"}, {"--help"},
      {"run", "--help"},         {"--version"},
      bnexp.run_words("store"),  {"report", bnexp.path("store").string()}};
  for (const auto& words : commands) {
    INFO(words.front());
    const auto outcome = redirected(bnexp, words, ">/dev/full");
    CHECK(outcome.code == 3);
    CHECK(contains(outcome.err, "cannot write the output: No space left on device"));
  }
  CHECK(bnexp.records("store").size() == 12);
  CHECK(std::filesystem::exists(bnexp.path("store/report.html")));
}

TEST_CASE("a run goes on without its progress, with the exit code of its trials") {
  for (const char* where : {"2>/dev/full", "2>&-"}) {
    const Program bnexp;
    const auto outcome = redirected(bnexp, bnexp.run_words("store"), where);
    CHECK(outcome.code == 0);
    CHECK(contains(outcome.out, "12 trials: 12 ok"));
    CHECK(bnexp.records("store").size() == 12);
  }
}

TEST_CASE("a run whose readers have gone trains every trial") {
  const Program bnexp;
  auto words = bnexp.run_words("store");
  words.insert(words.begin(), {"/bin/sh", "-c", "{ \"$@\" 2>&1; echo $? >\"$0\"; } | head -n 1",
                               bnexp.path("code").string(), BNEXP_PROGRAM});
  tests::Process(bnexp.path("").string(), words).wait();
  CHECK(tests::read_file(bnexp.path("code")) == "3\n");  // its last words had no reader
  CHECK(bnexp.records("store").size() == 12);
}

TEST_CASE("a run without standard descriptors writes nothing of its talk into its files") {
  const Program bnexp;
  CHECK(redirected(bnexp, bnexp.run_words("store"), "<&- >&- 2>&-").code == 3);
  const auto again = bnexp(bnexp.run_words("store"));
  CHECK(again.code == 0);
  CHECK(contains(again.out, "nothing to train"));
}

TEST_CASE("files named for output are written where they lead, and what is read stays as it is") {
  const Program bnexp;
  bnexp.write("suite.yaml", kOneTrial);
  REQUIRE(bnexp(bnexp.run_words("store", {"--weights"})).code == 0);
  const std::string record = bnexp.path("store/records/" + bnexp.record_files("store").begin()->first).string();
  const std::string before = tests::read_file(record);
  const std::string suite = bnexp.path("suite.yaml").string();
  const std::string weights = bnexp.path("weights.safetensors").string();
  REQUIRE(bnexp({"repeat", record, "--weights", weights}).code == 0);
  const std::string bytes = tests::read_file(weights);

  const auto refused = [&](const std::vector<std::string>& words) {
    const auto outcome = bnexp(words);
    INFO(words.front() << ": " << outcome.err);
    CHECK(outcome.code == 2);
    CHECK((contains(outcome.err, "which this command reads") || contains(outcome.err, "name the same file")));
  };
  refused({"evaluate", record, "--weights", weights, "--logits", weights});
  refused({"evaluate", record, "--weights", weights, "--predictions", record});
  refused({"evaluate", suite, "--weights", weights, "--logits", suite});
  refused({"evaluate", record, "--predictions", bnexp.path("p").string(), "--logits", bnexp.path("p").string()});
  refused({"fold", record, "--weights", weights, "--out", weights});
  refused({"fold", record, "--out", record});
  refused({"repeat", record, "--weights", record});
  CHECK(tests::read_file(record) == before);
  CHECK(tests::read_file(weights) == bytes);

  const auto link = bnexp.path("link");
  std::filesystem::create_symlink("target", link);
  for (const auto& words : std::vector<std::vector<std::string>>{{"evaluate", record, "--predictions", link.string()},
                                                                 {"evaluate", record, "--logits", link.string()},
                                                                 {"fold", record, "--out", link.string()},
                                                                 {"repeat", record, "--weights", link.string()}}) {
    INFO(words.front());
    std::filesystem::remove(bnexp.path("target"));
    CHECK(bnexp(words).code == 0);
    CHECK(std::filesystem::is_symlink(link));
    CHECK(std::filesystem::file_size(bnexp.path("target")) > 0);
  }
  const auto printed = bnexp({"evaluate", record, "--predictions", "/dev/stdout"});
  CHECK(std::count(printed.out.begin(), printed.out.end(), '\n') == 202);
}

TEST_CASE("bases, data and norm files of a configuration are not written over") {
  const Program bnexp;
  bnexp.write("suite.yaml", kOneTrial);
  bnexp.write("above.yaml", "base: suite.yaml\nsuite: above\n");
  REQUIRE(bnexp(bnexp.run_words("store", {"--weights"})).code == 0);
  REQUIRE(bnexp({"data", "export", bnexp.path("idx").string(), "--train", "500", "--test", "200"}).code == 0);
  const auto trial = std::filesystem::path(bnexp.record_files("store").begin()->first).stem().string();
  const std::string weights = bnexp.path("store/weights/" + trial + ".safetensors").string();
  const std::string idx =
      "data={name: idx, validation: 100, train_images: train-images-idx3-ubyte, train_labels: train-labels-idx1-ubyte, "
      "test_images: t10k-images-idx3-ubyte, test_labels: t10k-labels-idx1-ubyte}";
  std::filesystem::copy_file(std::string(BNEXP_SOURCE_DIR) + "/tests/norm/torchscript/batchlike.pt",
                             bnexp.path("norm.pt"));
  for (const char* name : {"suite.yaml", "idx/train-labels-idx1-ubyte", "idx/t10k-images-idx3-ubyte", "norm.pt"}) {
    INFO(name);
    const std::string before = tests::read_file(bnexp.path(name));
    const auto outcome = bnexp({"evaluate", bnexp.path("above.yaml").string(), "--set", idx, "--set",
                                "norm={name: torchscript, path: norm.pt}", "--data-dir", bnexp.path("idx").string(),
                                "--weights", weights, "--logits", bnexp.path(name).string()});
    INFO(outcome.err);
    CHECK(outcome.code == 2);
    CHECK(contains(outcome.err, "which this command reads"));
    CHECK(tests::read_file(bnexp.path(name)) == before);
  }
}

}  // namespace
}  // namespace bnexp
