#include "store/store.h"

#include <fmt/format.h>

#include <fstream>

#include "base/error.h"
#include "base/files.h"
#include "store/sample.h"
#include "support/catch.h"
#include "support/temporary_folder.h"

using namespace bnexp;
using store::Manifest;
using store::Record;
using store::Store;
namespace fs = std::filesystem;

TEST_CASE("a store finds what was written into it, also when opened anew") {
  const test::TemporaryFolder folder;
  const Record record = test::sample_record();
  Store::create(folder.path() / "results" / "suite").write(record);
  const Store again = Store::open(folder.path() / "results" / "suite");
  REQUIRE(again.find(record.trial));
  CHECK(store::to_json(*again.find(record.trial)) == store::to_json(record));
  CHECK_FALSE(again.find("0123456789abcdef"));
}

TEST_CASE("opening what is not a store is an error that names it") {
  const test::TemporaryFolder folder;
  CHECK_THROWS_AS(Store::open(folder.path()), Error);
  CHECK_THROWS_AS(Store::open(folder.path() / "nowhere"), Error);
}

TEST_CASE("half a record, another schema version or another trial's record counts as missing") {
  const test::TemporaryFolder folder;
  const Store store = Store::create(folder.path());
  const Record record = test::sample_record();
  store.write(record);
  const fs::path file = folder.path() / "records" / (record.trial + ".json");
  const std::string whole = read_whole(file).value();

  std::ofstream(file, std::ios::trunc) << whole.substr(0, whole.size() / 2);
  CHECK_FALSE(store.find(record.trial));
  CHECK(store.records().empty());

  Json other = Json::parse(whole);
  other["schema_version"] = store::kSchemaVersion + 1;
  std::ofstream(file, std::ios::trunc) << other.dump();
  CHECK_FALSE(store.find(record.trial));

  std::ofstream(folder.path() / "records" / "ffffffffffffffff.json") << whole;
  CHECK_FALSE(store.find("ffffffffffffffff"));

  store.write(record);
  CHECK(store.find(record.trial));
}

TEST_CASE("all records come sorted by trial, whatever else lies in the folder") {
  const test::TemporaryFolder folder;
  const Store store = Store::create(folder.path());
  Record record = test::sample_record();
  for (int i = 0; i < 300; ++i) {
    record.trial = fmt::format("{:016x}", (i * 7919) % 300);
    store.write(record);
  }
  std::ofstream(folder.path() / "records" / "notes.txt") << "mine";
  std::ofstream(folder.path() / "records" / ".hidden.json") << "{";
  const auto records = store.records();
  REQUIRE(records.size() == 300);
  CHECK(std::is_sorted(records.begin(), records.end(), [](auto& a, auto& b) { return a.trial < b.trial; }));
}

TEST_CASE("the plan of the newest run is kept and a broken one counts as missing") {
  const test::TemporaryFolder folder;
  const Store store = Store::create(folder.path());
  CHECK_FALSE(store.manifest());
  const Manifest manifest{.name = "lr_sweep",
                          .question = "Does it?",
                          .file = "configs/lr_sweep.yaml",
                          .overrides = {"train.steps=300"},
                          .swept = {"norm"},
                          .arms = {{"norm=none", {{"norm", "none"}}}, {"norm=batch", {{"norm", "batch"}}}},
                          .trials = {{"0123456789abcdef", 1, 3}}};
  store.write(manifest);
  const auto read = store.manifest();
  REQUIRE(read);
  CHECK(read->question == "Does it?");
  CHECK(read->overrides == manifest.overrides);
  CHECK(read->arms[1].values == Json{{"norm", "batch"}});
  CHECK(read->trials[0].arm == 1);
  CHECK(read->trials[0].seed == 3);

  const fs::path file = folder.path() / "suite.json";
  Json broken = Json::parse(read_whole(file).value());
  broken["trials"][0]["arm"] = 2;
  std::ofstream(file, std::ios::trunc) << broken.dump();
  CHECK_FALSE(store.manifest());
}

TEST_CASE("a store that can't be made is refused before anything trains") {
  const test::TemporaryFolder folder;
  std::ofstream(folder.path() / "file") << "x";
  const fs::path place = GENERATE(true, false) ? folder.path() / "file" / "store" : fs::path("/proc/nowhere");
  try {
    Store::create(place);
    FAIL("was made");
  } catch (const Error& error) {
    CHECK(error.code() == ExitCode::environment);
    CHECK(std::string(error.what()).find(place.string()) != std::string::npos);
    CHECK(error.hint().find("--store") != std::string::npos);
  }
}

TEST_CASE("a folder that vanishes under a store is an error, not a crash") {
  const test::TemporaryFolder folder;
  const Store store = Store::create(folder.path() / "gone");
  fs::remove_all(folder.path() / "gone");
  CHECK_THROWS_AS(store.write(test::sample_record()), Error);
  CHECK_THROWS_AS(store.claim("0123456789abcdef"), Error);
  CHECK(store.records().empty());
}
