#include <cstdlib>
#include <fstream>
#include <functional>
#include <string>

#include "store/sample.h"
#include "store/temporary_folder.h"
#include "support/catch.h"

using namespace bnexp;

namespace {

// Asks a validator that shares no code with what wrote the record. 0: valid, 1: not; else it didn't run.
int validate(const Json& record) {
  const test::TemporaryFolder folder;
  const std::string file = folder.path() / "record.json";
  std::ofstream(file) << store::to_file(record);
  const std::string script = BNEXP_SOURCE_DIR "/tests/support/validate.mjs";
  const std::string schema = BNEXP_SOURCE_DIR "/runner/store/record.schema.json";
  const int status = std::system((BNEXP_NODE " " + script + " " + schema + " " + file + " 2>&1").c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

TEST_CASE("the JSON Schema accepts the records we write") {
  CHECK(validate(store::to_json(test::sample_record())) == 0);
  CHECK(validate(store::to_json(test::diverged_record())) == 0);
  CHECK(validate(store::to_json(test::crashed_record())) == 0);
}

TEST_CASE("the JSON Schema refuses records that are wrong") {
  const std::function<void(Json&)> spoil = GENERATE(values<std::function<void(Json&)>>({
      [](Json& record) { record["extra"] = 1; },
      [](Json& record) { record.erase("status"); },
      [](Json& record) { record["status"] = "missing"; },
      [](Json& record) { record["status"] = "crashed"; },
      [](Json& record) {
        record["failure"] = {{"message", "x"}};
      },
      [](Json& record) { record["metrics"]["test_accuracy"] = "high"; },
      [](Json& record) { record["metrics"]["test_accuracy"] = 99.1; },
      [](Json& record) { record["metrics"].erase("test_loss"); },
      [](Json& record) { record["metrics"]["test_loss"] = nullptr; },
      [](Json& record) { record["history"][0]["loss"] = 0.5; },
      [](Json& record) { record["data"]["sha256"] = "abc"; },
      [](Json& record) { record["timing"]["started_at"] = "yesterday"; },
      [](Json& record) { record["trial"] = "XYZ"; },
      [](Json& record) { record["schema_version"] = 2; },
  }));
  Json record = store::to_json(test::sample_record());
  spoil(record);
  CAPTURE(record.dump());
  CHECK(validate(record) == 1);
}
