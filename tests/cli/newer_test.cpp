// Files of a newer release in a store.
#include "base/safetensors.h"
#include "cli/program.h"
#include "support/catch.h"
#include "train/state_version.h"

namespace bnexp {
namespace {

using tests::Program;
namespace fs = std::filesystem;

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_CASE("a checkpoint of a newer release ends a run with exit code 3, after the other trials") {
  const Program bnexp;
  const auto words = bnexp.run_words("store", {"--set", "seeds=1", "--quiet"});
  REQUIRE(bnexp(words).code == 0);
  const fs::path record = bnexp.path("store/records") / bnexp.record_files("store").begin()->first;
  const fs::path checkpoint = bnexp.path("store/checkpoints") / (record.stem().string() + ".safetensors");
  fs::remove_all(bnexp.path("store/records"));
  fs::create_directories(checkpoint.parent_path());
  std::ofstream(checkpoint) << safetensors::write({}, {{train::kStateKey, R"({"schema_version": 3})"}});
  const std::string store = bnexp.path("store").string();
  for (const auto& command : {words, {"work", store, "--quiet"}, {"trial", store, record.stem().string()}}) {
    const auto outcome = bnexp(command);
    INFO(outcome.out << outcome.err);
    CHECK(outcome.code == 3);
    CHECK(contains(outcome.err, "is a checkpoint of version 3, and this bnexp reads versions 1 to 2"));
    CHECK(contains(outcome.err, "remove the file to start the trial over"));
    CHECK(bnexp.record_files("store").size() == 3);
    CHECK(fs::exists(checkpoint));
  }
  CHECK(fs::exists(bnexp.path("store/report.md")));
}

TEST_CASE("every command on a store refuses a plan of a newer release, and leaves it") {
  const Program bnexp;
  REQUIRE(bnexp(bnexp.run_words("store", {"--set", "seeds=1", "--quiet"})).code == 0);
  const std::string plan = R"({"schema_version": 99})";
  std::ofstream(bnexp.path("store/suite.json")) << plan;
  const std::string store = bnexp.path("store").string(), suite = bnexp.path("suite.yaml").string();
  const std::string trial = fs::path(bnexp.record_files("store").begin()->first).stem().string();
  for (const auto& words : std::vector<std::vector<std::string>>{{"plan", suite, "--store", store},
                                                                 {"plan", suite, "--store", store, "--json"},
                                                                 {"plan", suite, "--store", store, "--commands"},
                                                                 {"run", suite, "--store", store},
                                                                 {"submit", suite, "--store", store, "--dry-run"},
                                                                 {"work", store},
                                                                 {"retry", store},
                                                                 {"trial", store, trial},
                                                                 {"status", store},
                                                                 {"report", store},
                                                                 {"claims", store},
                                                                 {"gc", store},
                                                                 {"verify", store, "--no-training"}}) {
    const auto outcome = bnexp(words);
    INFO(words.front() << ": " << outcome.out << outcome.err);
    CHECK(outcome.code == 3);
    CHECK(contains(outcome.err, "has version 99 of the plan format"));
    CHECK(tests::read_file(bnexp.path("store/suite.json")) == plan);
  }
}

}  // namespace
}  // namespace bnexp
