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

}  // namespace
}  // namespace bnexp
