#include "store/store.h"

#include <sys/resource.h>

#include <algorithm>
#include <fstream>
#include <functional>

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

TEST_CASE("a store finds what was written into it, also when opened again") {
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

TEST_CASE("a file in the place of a folder of the store is refused before anything is written into it") {
  for (const std::string name : {"records", "weights", "checkpoints", "leases"}) {
    const test::TemporaryFolder folder;
    std::ofstream(folder.path() / name) << "x";
    try {
      Store::create(folder.path());
      FAIL("was created");
    } catch (const Error& error) {
      CHECK(error.code() == ExitCode::environment);
      CHECK(std::string(error.what()).find((folder.path() / name).string() + ": Not a directory") != std::string::npos);
      CHECK(error.hint().starts_with("a file is in the place of a folder: move it away"));
    }
    CHECK(read_whole(folder.path() / name) == "x");
  }
}

TEST_CASE("a damaged record is neither absent nor a record, and says what is wrong with it") {
  const test::TemporaryFolder folder;
  const Store store = Store::create(folder.path());
  const Record record = test::sample_record();
  store.write(record);
  const fs::path file = folder.path() / "records" / (record.trial + ".json");
  const std::string whole = read_whole(file).value();
  const auto damage = [&](const std::string& text) {
    std::ofstream(file, std::ios::trunc) << text;
    const auto found = store.find(record.trial);
    CHECK_FALSE(found);
    const auto all = store.records();
    CHECK(all.readable.empty());
    REQUIRE(all.damaged.size() == 1);
    CHECK(all.damaged[0].file == file);
    CHECK(all.damaged[0].damage == found.damage);
    return found.damage;
  };
  const auto changed = [&](const std::function<void(Json&)>& change) {
    Json json = Json::parse(whole);
    change(json);
    return damage(json.dump());
  };
  CHECK(damage("") == "it is not JSON, or incomplete");
  CHECK(damage(whole.substr(0, whole.size() / 2)) == "it is not JSON, or incomplete");
  CHECK(damage(std::string(200000, '[')) == "it is not JSON, or incomplete");
  CHECK(damage("[]") == "it is not a record: it has no schema_version");
  CHECK(changed([](Json& json) { json["schema_version"] = "two"; }) == "it is not a record: it has no schema_version");
  CHECK(changed([](Json& json) { json["checksum"] = nullptr; }) == "it was changed: its checksum is wrong");
  CHECK(changed([](Json& json) { json["timing"] = nullptr; }) == "timing is of the wrong type (null)");
  CHECK(changed([](Json& json) { json["settings"] = nullptr; }) == "settings is of the wrong type (null)");
  CHECK(changed([](Json& json) { json["data"] = 7; }) == "data is of the wrong type (number)");
  CHECK(changed([](Json& json) { json["data"] = Json::object(); }) == "data.name is missing");
  CHECK(changed([](Json& json) { json["metrics"] = Json::array(); }) == "metrics is of the wrong type (array)");
  CHECK(changed([](Json& json) { json.erase("arm"); }) == "arm is missing");
  CHECK(changed([](Json& json) { json["trial"] = std::string(300, 'a'); }) ==
        "its trial id is not 16 hexadecimal digits");
  CHECK(changed([](Json& json) { json["settings"]["train"]["batch_size"] = 65; }) ==
        "its settings or data do not match its trial id");
  CHECK(changed([](Json& json) { json["metrics"]["test_accuracy"] = 1.0; }) == "it was changed: its checksum is wrong");
  CHECK(changed([](Json& json) { json["status"] = "failed"; }) == "it was changed: its checksum is wrong");

  store.write(record);
  CHECK(store.find(record.trial));
  fs::rename(file, folder.path() / "records" / "ffffffffffffffff.json");
  CHECK(store.find("ffffffffffffffff").damage == "it is the record of another trial, " + record.trial);
  CHECK(store.find(record.trial).damage.empty());
}

TEST_CASE("a record that can't be read is an error, not a missing one") {
  const test::TemporaryFolder folder;
  const Store store = Store::create(folder.path());
  store.write(test::sample_record());
  const fs::path file = folder.path() / "records" / (test::sample_record().trial + ".json");
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  rlimit none = before;
  none.rlim_cur = 0;
  setrlimit(RLIMIT_NOFILE, &none);
  std::string complaint;
  try {
    store.find(test::sample_record().trial);
  } catch (const Error& error) {
    complaint = error.what();
  }
  setrlimit(RLIMIT_NOFILE, &before);
  CHECK(complaint == "cannot read " + file.string() + ": Too many open files");
}

TEST_CASE("all records come sorted by trial, whatever else lies in the folder") {
  const test::TemporaryFolder folder;
  const Store store = Store::create(folder.path());
  for (int i = 0; i < 300; ++i) {
    Record record = test::sample_record();
    record.settings["seed"] = i;
    record.trial = store::trial_id(record.settings, record.result.data.at("sha256"));
    store.write(record);
  }
  std::ofstream(folder.path() / "records" / "notes.txt") << "mine";
  std::ofstream(folder.path() / "records" / ".hidden.json") << "{";
  const auto records = store.records();
  CHECK(records.damaged.empty());
  REQUIRE(records.readable.size() == 300);
  CHECK(std::ranges::is_sorted(records.readable, {}, &Record::trial));
}

TEST_CASE("the plan of the newest run is kept, and a damaged one says so") {
  const test::TemporaryFolder folder;
  const Store store = Store::create(folder.path());
  CHECK_FALSE(store.manifest());
  const Manifest manifest{
      .name = "lr_sweep",
      .question = "Does it?",
      .file = "configs/lr_sweep.yaml",
      .folder = "/configs",
      .overrides = {"train.steps=300"},
      .swept = {"norm"},
      .arms = {{"norm=none", {{"norm", "none"}}, {}, {}}, {"norm=batch", {{"norm", "batch"}}, {}, {}}},
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
  CHECK(store.manifest().damage == "it has a trial of an arm that it lacks");
  for (const char* key : {"name", "arms", "trials", "swept", "weights"}) {
    for (const Json& value : {Json(nullptr), Json(7), Json("x")}) {
      broken = store::to_json(manifest);
      broken[key] = value;
      if (std::string(key) == "name" && value.is_string()) continue;
      std::ofstream(file, std::ios::trunc) << broken.dump();
      INFO(key << " " << value);
      CHECK_FALSE(store.manifest().damage.empty());
    }
  }
}

TEST_CASE("a plan says which value of it no reader can use") {
  const Json settings = test::sample_record().settings;
  const Manifest plan{.name = "x",
                      .looks = store::Looks{.first = 3, .most = 9},
                      .arms = {{"all", Json::object(), settings, std::string(64, 'a')}},
                      .trials = {{"0123456789abcdef", 0, 1}}};
  const auto damage = [&](const char* place, const Json& value) -> std::string {
    Json json = store::to_json(plan);
    if (value.is_discarded()) {
      json.at(Json::json_pointer(place).parent_pointer()).erase(Json::json_pointer(place).back());
    } else {
      json.at(Json::json_pointer(place)) = value;
    }
    try {
      store::manifest_from_json(json, "here");
    } catch (const store::Damaged& found) {
      return found.what();
    }
    return "";
  };
  CHECK(damage("/name", "y").empty());
  CHECK(damage("/arms/0/settings", nullptr).empty());
  CHECK(damage("/arms/0/settings/train", Json(Json::value_t::discarded)) == "arms[0].settings.train is missing");
  CHECK(damage("/arms/0/settings/norm/name", 1) == "arms[0].settings.norm.name is of the wrong type (number)");
  CHECK(damage("/arms/0/settings/device", 1) == "arms[0].settings.device is of the wrong type (number)");
  CHECK(damage("/arms/0/data", 1) == "arms[0].data is of the wrong type (number)");
  CHECK(damage("/trials/0/trial", "../../../etc/x") == "it has a trial id that is not 16 hexadecimal digits");
  CHECK(damage("/trials/0/seed", 1e300) == "it has a trial without a seed");
  CHECK(damage("/looks/first", -1) == "looks.first is not a number of seeds");
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
  CHECK_THROWS_AS(store.records(), Error);
}

TEST_CASE("a folder of results that can't be read is not called another folder") {
  const test::TemporaryFolder folder;
  CHECK_THROWS_WITH(store::Store::open(folder.path()), Catch::Matchers::Contains("it has no folder 'records'"));
  std::filesystem::create_directory_symlink("records", folder.path() / "records");  // to itself
  CHECK_THROWS_WITH(store::Store::open(folder.path()), Catch::Matchers::Contains("cannot read"));
}
