#include "store/schema.h"

#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "base/files.h"
#include "store/sample.h"
#include "support/catch.h"
#include "support/temporary_folder.h"

using namespace bnexp;

namespace {

// How many of the records satisfy the schema, asked of a validator that shares no code with what wrote them.
std::string verdict(const std::vector<Json>& records) {
  const test::TemporaryFolder folder;
  const std::filesystem::path list = folder.path() / "records";
  std::filesystem::create_directory(list);
  for (std::size_t i = 0; i < records.size(); ++i) {
    std::ofstream(list / fmt::format("{:02}.json", i)) << to_file(records[i]);
  }
  const std::string script = BNEXP_SOURCE_DIR "/tests/support/validate.mjs";
  const std::string schema = BNEXP_SOURCE_DIR "/runner/store/record.schema.json";
  const std::filesystem::path output = folder.path() / "output";
  const std::string command =
      fmt::format("{} {} {} {} > {} 2>&1", BNEXP_NODE, script, schema, list.string(), output.string());
  const int status = std::system(command.c_str());
  const std::string text = read_whole(output).value();
  UNSCOPED_INFO("exit status " << status << "\n" << text);
  const auto end = text.find(" files satisfy");
  if (end == std::string::npos) return "no verdict";
  const auto begin = text.rfind('\n', end) + 1;  // 0 when it is the first line
  return text.substr(begin, end - begin);
}

}  // namespace

TEST_CASE("the JSON Schema accepts the records we write") {
  Json overflowing = store::to_json(test::sample_record());
  overflowing["history"][0]["validation_loss"] = nullptr;
  overflowing["metrics"]["validation_loss"] = nullptr;
  overflowing["metrics"]["test_loss"] = nullptr;
  const std::vector<Json> records{store::to_json(test::sample_record()), store::to_json(test::diverged_record()),
                                  store::to_json(test::crashed_record()), overflowing};
  CHECK(verdict(records) == "4 of 4");
  for (const auto& record : records) CHECK(store::violation(record, store::record_schema()).value_or("") == "");
}

TEST_CASE("the JSON Schema refuses records that are wrong, and the program's own validator does, too") {
  const std::vector<std::function<void(Json&)>> mistakes = {
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
      [](Json& record) { record["metrics"]["train_loss"] = nullptr; },
      [](Json& record) { record["history"][0]["loss"] = 0.5; },
      [](Json& record) { record["data"]["sha256"] = "abc"; },
      [](Json& record) { record["timing"]["started_at"] = "yesterday"; },
      [](Json& record) { record["trial"] = "XYZ"; },
      [](Json& record) { record["schema_version"] = store::kRecordVersion - 1; },
      [](Json& record) { record["settings"].erase("precision"); },
      [](Json& record) { record["settings"].erase("execution"); },
      [](Json& record) { record["timing"].erase("wall_s"); },
      [](Json& record) { record["semantics"]["schedule/one_cycle"] = 0; },
      [](Json& record) { record["checksum"] = nullptr; },
      [](Json& record) { record["arm"]["label"] = ""; },
      [](Json& record) { record["history"][0]["step"] = -1; },
      [](Json& record) { record["context"]["threads"] = 1.5; },
      [](Json& record) {
        record["status"] = "diverged";
        record["failure"] = {{"message", "x"}, {"step", 1}, {"layer", "a"}, {"tensor", "b"}, {"signal", nullptr}};
      },
  };
  std::vector<Json> records;
  for (const auto& make : mistakes) {
    records.push_back(store::to_json(test::sample_record()));
    make(records.back());
    INFO(records.back().dump());
    CHECK(store::violation(records.back(), store::record_schema()));
  }
  CHECK(verdict(records) == fmt::format("0 of {}", records.size()));
}

TEST_CASE("the place of a violation is named, and a keyword that is not checked is a programming error") {
  Json record = store::to_json(test::sample_record());
  record["history"][0]["validation_accuracy"] = 98;
  CHECK(store::violation(record, store::record_schema()) == "history[0].validation_accuracy is above 1");
  CHECK_THROWS_AS(store::violation(1, {{"multipleOf", 2}}), std::logic_error);
}
