// Stores that earlier releases wrote, kept under formats/: one of plain trials, one with every status.
#include "store/upgrade.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <set>

#include "base/files.h"
#include "store/store.h"
#include "support/catch.h"
#include "support/temporary_folder.h"

using namespace bnexp;
namespace fs = std::filesystem;

namespace {

const fs::path kFormats = BNEXP_SOURCE_DIR "/tests/store/formats";

Json read_json(const fs::path& file) { return Json::parse(read_whole(file).value()); }

}  // namespace

TEST_CASE("every version before the present one has a kept store") {
  for (int version = 1; version < std::max(store::kRecordVersion, store::kPlanVersion); ++version) {
    CHECK(fs::is_directory(kFormats / ("v" + std::to_string(version)) / "every_status" / "records"));
  }
}

TEST_CASE("records and plans of every version are read, with every status") {
  for (const auto& version : fs::directory_iterator(kFormats)) {
    for (const char* name : {"first", "every_status"}) {
      INFO(version.path() << " " << name);
      const auto store = store::Store::open(version.path() / name);
      const auto records = store.records();
      for (const auto& damaged : records.damaged) FAIL_CHECK(damaged.file << ": " << damaged.damage);
      const auto manifest = store.manifest();
      REQUIRE(manifest);
      CHECK(records.readable.size() == manifest->trials.size());
      std::set<train::Status> statuses;
      for (const auto& record : records.readable) {
        statuses.insert(record.result.status);
        const Json file = read_json(version.path() / name / "records" / (record.trial + ".json"));
        CHECK(record.settings == file.at("settings"));
        CHECK(record.result.metrics == file.at("metrics"));
        CHECK(record.result.history == file.at("history"));
        CHECK(record.semantics.contains("engine"));
      }
      CHECK(statuses.size() == (name == std::string("first") ? 1 : train::kStatusNames.size()));
    }
  }
}

TEST_CASE("a record of version 1 whose settings do not give its id is damaged") {
  const fs::path records = kFormats / "v1" / "first" / "records";
  const fs::path any = fs::directory_iterator(records)->path();
  Json json = read_json(any);
  CHECK(store::from_json(json, "x").semantics == Json{{"engine", 3}});
  json["settings"]["train"]["batch_size"] = 17;
  CHECK_THROWS_WITH(store::from_json(json, "x"), "its settings or data do not match its trial id");
}

TEST_CASE("a trial of version 1 that an evaluation ended is to be trained again, one that diverged is not") {
  for (const auto& entry : fs::directory_iterator(kFormats / "v1" / "every_status" / "records")) {
    Json json = read_json(entry.path());
    if (json.at("status") != "diverged") continue;
    CHECK(store::from_json(json, "x").result.status == train::Status::diverged);
    json["failure"]["layer"] = "loss";
    json["failure"]["tensor"] = "value on the validation images";
    CHECK(store::from_json(json, "x").result.status == train::Status::interrupted);
  }
}

TEST_CASE("a plan of version 1 has no settings to train from") {
  const auto manifest = store::Store::open(kFormats / "v1" / "first").manifest();
  REQUIRE(manifest);
  CHECK(store::settings_of(*manifest, manifest->trials.front()).is_null());
}
