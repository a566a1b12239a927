#include "store/integrity.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <fstream>
#include <functional>

#include "base/error.h"
#include "base/hash.h"
#include "store/sample.h"
#include "support/catch.h"
#include "support/temporary_folder.h"

using namespace bnexp;

namespace {

// A record whose parts agree: 5 epochs of 860 steps, with an entry for each.
store::Record honest_record() {
  store::Record record = test::sample_record();
  record.result.history = Json::array();
  for (int epoch = 1; epoch <= 5; ++epoch) {
    record.result.history.push_back({{"step", 860 * epoch},
                                     {"epoch", epoch},
                                     {"lr", 0.1},
                                     {"train_loss", 0.5 / epoch},
                                     {"validation_loss", 0.4 / epoch},
                                     {"validation_accuracy", 0.9 + 0.01 * epoch}});
  }
  for (const char* name : {"train_loss", "validation_loss", "validation_accuracy"}) {
    record.result.metrics[name] = record.result.history.back().at(name);
  }
  return record;
}

std::int64_t steps_of(const Json&, std::int64_t train_images) { return 5 * ((train_images - 5000 + 63) / 64); }

// The record as a tamperer who knows the format writes it: with the right checksum.
std::string with_checksum(Json record) {
  Json part;
  for (const char* key :
       {"trial", "seed", "settings", "semantics", "status", "failure", "data", "history", "metrics", "probes"}) {
    part[key] = record.at(key);
  }
  record["checksum"] = sha256_hex(to_line(part));
  return to_file(record);
}

std::vector<std::string> flaws(const std::string& text, const store::Manifest* plan = nullptr) {
  const test::TemporaryFolder folder;
  const auto file = folder.path() / "record.json";
  std::ofstream(file) << text;
  return store::inspect(file, plan, steps_of).flaws;
}

using Change = std::function<void(Json&)>;

std::string first_flaw(const Change& change, bool corrects_checksum) {
  Json record = store::to_json(honest_record());
  change(record);
  const auto found = flaws(corrects_checksum ? with_checksum(record) : to_file(record));
  return found.empty() ? "none" : found.front();
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a record as it was written has no flaw") { CHECK(flaws(to_file(store::to_json(honest_record()))).empty()); }

TEST_CASE("whatever is changed in a record without its checksum is found") {
  const std::vector<std::pair<Change, std::string>> changes{
      {[](Json& r) { r["metrics"]["test_accuracy"] = 0.9999; }, "its checksum is wrong"},
      {[](Json& r) { r["history"][0]["train_loss"] = 0.4; }, "its checksum is wrong"},
      {[](Json& r) { r["probes"]["loss_curve"]["loss"][0] = 2.2; }, "its checksum is wrong"},
      {[](Json& r) { r["history"].erase(0); }, "its checksum is wrong"},
      {[](Json& r) { r["semantics"]["engine"] = 2; }, "do not match its trial id"},
      {[](Json& r) { r["settings"]["train"]["optimizer"]["lr"] = 0.2; }, "do not match its trial id"},
      {[](Json& r) { r["settings"]["seed"] = 2; }, "do not match its trial id"},
      {[](Json& r) { r["data"]["sha256"] = std::string(64, 'b'); }, "do not match its trial id"},
      {[](Json& r) { r["trial"] = "0123456789abcdef"; }, "do not match its trial id"},
      {[](Json& r) { r["seed"] = 2; }, "its checksum is wrong"},
      {[](Json& r) { r["status"] = "interrupted"; }, "its checksum is wrong"},
      {[](Json& r) { r["checksum"] = std::string(64, '0'); }, "its checksum is wrong"},
      {[](Json& r) { r["schema_version"] = 0; }, "it has no schema_version"},
      {[](Json& r) { r["arm"]["label"] = "norm=batch, lr=0.2"; }, "its train.optimizer.lr is 0.1"},
      {[](Json& r) { r["arm"]["values"]["train.optimizer.lr"] = 0.2; }, "the arm has train.optimizer.lr=0.2"},
      {[](Json& r) { r["context"]["threads"] = 0; }, "context.threads is below 1"},
      {[](Json& r) { r["timing"]["started_at"] = "yesterday"; }, "timing.started_at does not match"},
      {[](Json& r) { r["remark"] = "very good"; }, "remark is not a member"}};
  for (const auto& [change, expected] : changes) {
    const std::string found = first_flaw(change, false);
    INFO(found);
    CHECK(contains(found, expected));
  }
}

TEST_CASE("a change with a new checksum is found where the record then contradicts itself") {
  const std::vector<std::pair<Change, std::string>> changes{
      {[](Json& r) { r["settings"]["train"]["optimizer"]["lr"] = 0.2; }, "do not match its trial id"},
      {[](Json& r) { r["seed"] = 2; }, "seed is 2, and settings.seed is 1"},
      {[](Json& r) { r["metrics"]["train_loss"] = 0.05; }, "metrics.train_loss is 0.05, and the last entry"},
      {[](Json& r) { r["history"].back()["validation_loss"] = 0.07; }, "metrics.validation_loss is 0.08"},
      {[](Json& r) { r["metrics"]["test_accuracy"] = 0.99123; }, "which no number of 10000 images gives"},
      {[](Json& r) { r["metrics"]["test_accuracy"] = 1.5; }, "metrics.test_accuracy is above 1"},
      {[](Json& r) { r["metrics"]["steps"] = 4299; }, "metrics.steps is 4299, and the settings plan 4300"},
      {[](Json& r) { r["history"].erase(4); }, "and the history ends at step 3440"},
      {[](Json& r) { std::swap(r["history"][0]["step"], r["history"][1]["step"]); }, "step 860 after step 1720"},
      {[](Json& r) { r["status"] = "failed"; }, "failure is of type null"},
      {[](Json& r) { r["data"]["validation"] = 4000; },
       "data.validation is 4000, and settings.data.validation is 5000"},
      {[](Json& r) { r["probes"] = 1; }, "probes is of the wrong type"}};
  for (const auto& [change, expected] : changes) {
    const std::string found = first_flaw(change, true);
    INFO(found);
    CHECK(contains(found, expected));
  }
}

TEST_CASE("a changed number with a new checksum that contradicts nothing is left to training again") {
  CHECK(first_flaw([](Json& r) { r["metrics"]["test_accuracy"] = 0.9999; }, true) == "none");
  CHECK(first_flaw([](Json& r) { r["probes"]["loss_curve"]["loss"][0] = 2.2; }, true) == "none");
}

TEST_CASE("a record is compared with the plan of its store") {
  const store::Record record = honest_record();
  Json settings = record.settings;
  settings.erase("seed");
  store::Manifest plan;
  plan.arms = {{"a", record.arm_values, settings, record.result.data.at("sha256")}};
  plan.trials = {{record.trial, 0, record.seed}};
  const std::string text = to_file(store::to_json(record));
  CHECK(flaws(text, &plan).empty());
  plan.arms[0].settings["train"]["optimizer"]["lr"] = 0.5;
  CHECK(flaws(text, &plan).at(0) == "the plan has other settings for this trial, first at /train/optimizer/lr");
  plan.arms[0].settings = settings;
  plan.arms[0].data_sha256 = std::string(64, 'c');
  CHECK(flaws(text, &plan).at(0) == "the plan has another data checksum for this trial");
}

TEST_CASE("a file that is no record is a flaw, and a missing one an error") {
  CHECK(flaws("{").at(0) == "it is not JSON, or incomplete");
  CHECK(contains(flaws("{}").at(0), "it is not a record"));
  CHECK_THROWS_AS(store::inspect("/nowhere/record.json", nullptr, steps_of), Error);
}

TEST_CASE("results of the end in a record whose trial did not come to its end are a flaw") {
  const auto unfinished = [](Json& record) {
    record["status"] = "timeout";
    record["failure"] = {
        {"message", "x"}, {"step", nullptr}, {"layer", nullptr}, {"tensor", nullptr}, {"signal", nullptr}};
  };
  CHECK(first_flaw(unfinished, true) == "the status is timeout, and there is metrics.test_loss");
  CHECK(first_flaw(
            [&](Json& record) {
              unfinished(record);
              for (const char* name : {"test_loss", "test_accuracy"}) record["metrics"].erase(name);
            },
            true) == "the status is timeout, and the history has the last step, 4300");
}

TEST_CASE("a folder or a FIFO in a record's place is a flaw of that record") {
  const test::TemporaryFolder folder;
  const auto record = folder.path() / "record.json", fifo = folder.path() / "fifo.json";
  std::filesystem::create_directory(record);
  REQUIRE(mkfifo(fifo.c_str(), 0600) == 0);
  for (const auto& file : {record, fifo}) {
    CHECK(store::inspect(file, nullptr, steps_of).flaws == std::vector<std::string>{"it is not a regular file"});
  }
}
