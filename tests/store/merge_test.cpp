#include "store/merge.h"

#include <fstream>

#include "base/files.h"
#include "base/safetensors.h"
#include "store/sample.h"
#include "support/catch.h"
#include "support/temporary_folder.h"
#include "train/state_version.h"

namespace bnexp::store {
namespace fs = std::filesystem;
namespace {

void write(const fs::path& file, const std::string& text) {
  fs::create_directories(file.parent_path());
  std::ofstream(file) << text;
}

std::string checkpoint(std::int64_t step, int version = train::kStateVersion) {
  return safetensors::write({}, {{train::kStateKey, Json{{"schema_version", version}, {"step", step}}.dump()}});
}

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
  const auto reasons = conflicts(stores, &into);
  REQUIRE(reasons.size() == 1);
  CHECK(reasons[0] == "trial " + record.trial + " has other bits in " + (folder.path() / "b").string() + " than in " +
                          (folder.path() / "a").string() + ": metrics differ");
  other.result.metrics = record.result.metrics;
  store_with(folder.path() / "b", other);
  CHECK(conflicts(stores, &into).empty());
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
    CHECK(conflicts(stores, &into).empty());
    merge(stores, into);
    CHECK(into.find(record.trial)->result.status == train::Status::ok);
    CHECK(into.manifest()->trials.size() == 1);
  }
}

TEST_CASE("stores of two sweeps are refused before their records are compared") {
  const test::TemporaryFolder folder;
  const Record record = test::sample_record();
  Record other = record;
  other.result.metrics["test_accuracy"] = 0.123;
  const Store a = store_with(folder.path() / "a", record), b = store_with(folder.path() / "b", other);
  Manifest plan = plan_of(other);
  plan.question = "Why?";
  b.write(plan);
  const auto reasons = conflicts({a, b}, nullptr);
  REQUIRE(reasons.size() == 1);
  CHECK(reasons[0].starts_with("the question is '' in " + a.folder().string()));
  CHECK(conflicts({a}, &b) == reasons);
  CHECK(conflicts({a}, nullptr).empty());
}

TEST_CASE("arms of a plan that lacks a setting of later releases are those of one that has it") {
  const test::TemporaryFolder folder;
  const Record record = test::sample_record();
  const Store a = store_with(folder.path() / "a", record), b = store_with(folder.path() / "b", record);
  Manifest later = plan_of(record);
  later.arms[0].settings["train"]["evaluation_batch_size"] = nullptr;
  later.trials.push_back({"0123456789abcdef", 0, 2});
  b.write(later);
  const Store into = Store::create(folder.path() / "into");
  CHECK(conflicts({a, b}, &into).empty());
  merge({a, b}, into);
  CHECK(into.manifest()->arms.size() == 1);
  CHECK(into.manifest()->trials.size() == 2);
}

TEST_CASE("two arms whose labels leave out what distinguishes them get two labels") {
  const test::TemporaryFolder folder;
  const Record record = test::sample_record();
  const Store a = store_with(folder.path() / "a", record), b = store_with(folder.path() / "b", record);
  const auto planned = [&](double momentum) {
    Manifest plan = plan_of(record);
    plan.swept = {"norm"};
    plan.arms[0].label = "norm=batch";
    plan.arms[0].values = {{"norm", {{"name", "batch"}, {"momentum", momentum}}}};
    plan.arms[0].settings["norm"]["momentum"] = momentum;
    return plan;
  };
  a.write(planned(0.1));
  b.write(planned(0.3));
  const Store into = Store::create(folder.path() / "into");
  CHECK(conflicts({a, b}, &into).empty());
  merge({a, b}, into);
  REQUIRE(into.manifest()->arms.size() == 2);
  CHECK(into.manifest()->arms[0].label == "norm=batch");
  CHECK(into.manifest()->arms[1].label == "norm=batch(momentum=0.3)");
}

TEST_CASE("kept weights come along, also where the target has the record without them") {
  const test::TemporaryFolder folder;
  const Record record = test::sample_record();
  const Store without = store_with(folder.path() / "without", record), from = store_with(folder.path() / "a", record);
  write(weights_file(from.folder(), record.trial), "weights");
  int place = 0;
  for (const auto& stores : {std::vector{from}, std::vector{without, from}}) {
    const Store into = Store::create(folder.path() / std::to_string(place++));
    const Merged merged = merge(stores, into);
    CHECK(merged.copied == 1);
    CHECK(merged.weights == 1);
    CHECK(read_whole(weights_file(into.folder(), record.trial)) == "weights");
    CHECK(merge(stores, into).weights == 0);
  }
}

TEST_CASE("of the checkpoints of a trial without a final record, the one with the most steps is kept") {
  const test::TemporaryFolder folder;
  Record open = test::sample_record();
  open.result.status = train::Status::interrupted;
  open.result.failure = train::Failure{.message = "stopped"};
  const std::string trial = open.trial;
  std::vector<Store> stores;
  for (const auto& [name, bytes] : std::vector<std::pair<std::string, std::string>>{
           {"early", checkpoint(10)}, {"late", checkpoint(90)}, {"middle", checkpoint(50)}, {"damaged", "half"}}) {
    stores.push_back(store_with(folder.path() / name, open));
    write(checkpoint_file(stores.back().folder(), trial), bytes);
    write(checkpoint_file(stores.back().folder(), "0123456789abcdef"), bytes);  // of no planned trial
  }
  const Store into = Store::create(folder.path() / "into");
  const fs::path file = checkpoint_file(into.folder(), trial);
  merge(stores, into);
  CHECK(read_whole(file) == checkpoint(90));
  CHECK(into.checkpoints().size() == 1);
  write(file, checkpoint(95));
  CHECK(merge(stores, into).checkpoints == 0);
  CHECK(read_whole(file) == checkpoint(95));

  // A damaged one of the target is set aside.
  write(file, "damaged");
  const Merged merged = merge(stores, into);
  CHECK(read_whole(file) == checkpoint(90));
  REQUIRE(merged.aside.size() == 1);
  CHECK(read_whole(merged.aside[0].file) == "damaged");

  // None is left of a trial that another store has finished.
  const Store done = store_with(folder.path() / "done", test::sample_record());
  merge({stores[1], done}, into);
  CHECK_FALSE(is_there(file));
  CHECK(into.find(trial)->result.status == train::Status::ok);
}

TEST_CASE("a checkpoint of a newer release is a conflict, in a source and in the target") {
  const test::TemporaryFolder folder;
  const Record record = test::sample_record();
  const Store plain = store_with(folder.path() / "a", record), newer = store_with(folder.path() / "b", record);
  write(checkpoint_file(newer.folder(), record.trial), checkpoint(10, train::kStateVersion + 1));
  for (const auto& reasons : {conflicts({plain, newer}, nullptr), conflicts({plain}, &newer)}) {
    REQUIRE(reasons.size() == 1);
    CHECK(reasons[0].find("is a checkpoint of version ") != std::string::npos);
  }
}

TEST_CASE("the target's records are compared if it has no plan, and damaged files of it are set aside") {
  const test::TemporaryFolder folder;
  const Record record = test::sample_record();
  Record other = record;
  other.result.metrics["test_accuracy"] = 0.123;
  const Store from = store_with(folder.path() / "a", record), into = Store::create(folder.path() / "into");
  into.write(other);
  REQUIRE(conflicts({from}, &into).size() == 1);
  CHECK(conflicts({from}, &into)[0].find("has other bits in " + into.folder().string()) != std::string::npos);
  std::ofstream(into.folder() / "suite.json") << "{";
  CHECK(conflicts({from}, &into).size() == 1);
  std::ofstream(into.folder() / "records" / (record.trial + ".json")) << "half";
  CHECK(conflicts({from}, &into).empty());
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
