#include "store/merge.h"

#include <fstream>

#include "store/sample.h"
#include "support/catch.h"
#include "support/temporary_folder.h"

namespace bnexp::store {
namespace {

Manifest plan_of(const Record& record) {
  Manifest plan;
  plan.name = "sample";
  Json settings = record.settings;
  settings.erase("seed");
  plan.arms.push_back({record.arm, record.arm_values, settings, record.result.data.at("sha256")});
  plan.trials.push_back({record.trial, 0, record.seed});
  return plan;
}

Store store_with(const std::filesystem::path& folder, const Record& record) {
  const Store store = Store::create(folder);
  store.write(plan_of(record));
  store.write(record);
  return store;
}

}  // namespace

TEST_CASE("two records of one trial with other bits are a conflict that says what differs and where") {
  const test::TemporaryFolder folder;
  const Record record = test::sample_record();
  Record other = record;
  other.result.metrics["test_accuracy"] = 0.123;
  other.result.timing["wall_s"] = 99;
  const std::vector<Store> stores{store_with(folder.path() / "a", record), store_with(folder.path() / "b", other)};
  const Store into = Store::create(folder.path() / "into");
  const auto reasons = conflicts(stores, into);
  REQUIRE(reasons.size() == 1);
  CHECK(reasons[0] == "trial " + record.trial + " has other bits in " + (folder.path() / "b").string() + " than in " +
                          (folder.path() / "a").string() + ": metrics differ");
  other.result.metrics = record.result.metrics;
  store_with(folder.path() / "b", other);
  CHECK(conflicts(stores, into).empty());
}

TEST_CASE("the record of a finished trial wins over one that was interrupted, in whatever order") {
  const test::TemporaryFolder folder;
  const Record record = test::sample_record();
  Record interrupted = record;
  interrupted.result.status = train::Status::interrupted;
  interrupted.result.failure = train::Failure{.message = "stopped"};
  const Store done = store_with(folder.path() / "a", record), open = store_with(folder.path() / "b", interrupted);
  int place = 0;
  for (const auto& stores : {std::vector{done, open}, std::vector{open, done}}) {
    const Store into = Store::create(folder.path() / std::to_string(place++));
    CHECK(conflicts(stores, into).empty());
    merge(stores, into);
    CHECK(into.find(record.trial)->result.status == train::Status::ok);
    CHECK(into.manifest()->trials.size() == 1);
  }
}

TEST_CASE("kept weights come along") {
  const test::TemporaryFolder folder;
  const Record record = test::sample_record();
  const Store from = store_with(folder.path() / "a", record), into = Store::create(folder.path() / "b");
  const auto file = weights_file(from.folder(), record.trial);
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file) << "weights";
  merge({from}, into);
  CHECK(std::filesystem::file_size(weights_file(into.folder(), record.trial)) == 7);
}

TEST_CASE("the target's records are compared if it has no plan, and damaged files of it are set aside") {
  const test::TemporaryFolder folder;
  const Record record = test::sample_record();
  Record other = record;
  other.result.metrics["test_accuracy"] = 0.123;
  const Store from = store_with(folder.path() / "a", record), into = Store::create(folder.path() / "into");
  into.write(other);
  REQUIRE(conflicts({from}, into).size() == 1);
  CHECK(conflicts({from}, into)[0].find("has other bits in " + into.folder().string()) != std::string::npos);
  std::ofstream(into.folder() / "suite.json") << "{";
  CHECK(conflicts({from}, into).size() == 1);
  std::ofstream(into.folder() / "records" / (record.trial + ".json")) << "half";
  CHECK(conflicts({from}, into).empty());
  const Merged merged = merge({from}, into);
  CHECK(merged.copied == 1);
  CHECK(merged.present == 0);
  CHECK(merged.aside.size() == 2);
  CHECK(std::filesystem::file_size(into.folder() / "records" / (record.trial + ".json.damaged")) == 4);
  CHECK(std::filesystem::file_size(into.folder() / "suite.json.damaged") == 1);
  CHECK(into.find(record.trial));
  CHECK(into.manifest());
}

}  // namespace bnexp::store
