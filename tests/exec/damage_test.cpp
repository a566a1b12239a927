// Runs over stores with damaged files, files of other versions, and data or plans that changed.
#include <sys/stat.h>

#include <fstream>

#include "base/error.h"
#include "base/files.h"
#include "exec/runs.h"
#include "support/catch.h"
#include "support/temporary_folder.h"

using namespace bnexp;
using test::contents;
using test::Counter;
using test::run;
namespace fs = std::filesystem;

TEST_CASE("a damaged record or plan is set aside, reported, and made again") {
  const test::TemporaryFolder folder;
  const config::Suite suite = test::fake_suite(test::repeat(3, {{"do", "train"}}));
  run(suite, folder.path());
  const auto before = contents(folder.path());
  const fs::path file = folder.path() / "records" / (before.begin()->first + ".json");
  const std::string half = read_whole(file).value().substr(0, 100);
  struct Damages : exec::Listener {
    void on_damage(const fs::path& aside, const std::string& damage) override { found[aside] = damage; }
    std::map<fs::path, std::string> found;
  };
  for (const char* name : {".damaged", ".damaged-2"}) {
    std::ofstream(file, std::ios::trunc) << half;
    std::ofstream(folder.path() / "suite.json", std::ios::trunc) << "{}";
    Damages damages;
    const auto summary = test::fake_run(suite, folder.path(), test::fake_options(2), damages);
    CHECK(summary.trained == 1);
    CHECK(summary.cached == 2);
    CHECK(contents(folder.path()) == before);
    const fs::path plan = folder.path() / "suite.json";
    CHECK(damages.found ==
          std::map<fs::path, std::string>{{file.string() + name, "it is not JSON, or incomplete"},
                                          {plan.string() + name, "it is not a plan: it has no schema_version"}});
    CHECK(read_whole(file.string() + name) == half);
  }
}

TEST_CASE("a folder or a FIFO in the place of a record is set aside like any damage") {
  const test::TemporaryFolder folder;
  const config::Suite suite = test::fake_suite(test::repeat(2, {{"do", "train"}}));
  const auto plan = test::fake_plan(suite, nullptr);
  fs::create_directories(folder.path() / "records" / (plan.trials[0].trial + ".json"));
  REQUIRE(mkfifo((folder.path() / "records" / (plan.trials[1].trial + ".json")).c_str(), 0600) == 0);
  CHECK(run(suite, folder.path()).all_ok());
  CHECK(fs::is_directory(folder.path() / "records" / (plan.trials[0].trial + ".json.damaged")));
  CHECK(contents(folder.path()).size() == 2);
}

TEST_CASE("a record of a newer version ends the run and stays as it is") {
  const test::TemporaryFolder folder;
  const config::Suite suite = test::fake_suite(test::repeat(2, {{"do", "train"}}));
  run(suite, folder.path());
  const fs::path file = folder.path() / "records" / (contents(folder.path()).begin()->first + ".json");
  Json newer = Json::parse(read_whole(file).value());
  newer["schema_version"] = store::kRecordVersion + 1;
  std::ofstream(file, std::ios::trunc) << newer.dump();
  CHECK_THROWS_WITH(run(suite, folder.path()), Catch::Matchers::Contains("version 3 of the record format") &&
                                                   Catch::Matchers::Contains("versions 1 to 2"));
  CHECK(read_whole(file) == newer.dump());
}

TEST_CASE("a plan of a release with other semantics is refused before anything trains") {
  const test::TemporaryFolder folder;
  const store::Store store = store::Store::create(folder.path());
  auto plan = test::fake_plan(test::fake_suite(test::repeat(1, {{"do", "train"}})), &store);
  plan.trials[0].trial = "0123456789abcdef";
  Counter counter;
  CHECK_THROWS_WITH(exec::run_plan(plan, store, test::fake_options(1), counter),
                    Catch::Matchers::Contains("to other bits"));
  CHECK(counter.started == 0);
}

TEST_CASE("data are loaded by the plan's checksum, before anything trains") {
  const test::TemporaryFolder folder;
  auto options = test::fake_options(1);
  std::string asked;
  options.load = [&](const Json&, const std::string& sha256) -> std::shared_ptr<data::Dataset> {
    asked = sha256;
    throw environment_error("the data are not those of the plan");
  };
  Counter counter;
  CHECK_THROWS_WITH(
      test::fake_run(test::fake_suite(test::repeat(2, {{"do", "train"}})), folder.path(), std::move(options), counter),
      Catch::Matchers::Contains("not those of the plan"));
  CHECK(asked == test::fake_data()->header().sha256);
  CHECK(counter.started == 0);
}
