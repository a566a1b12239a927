// verify as its user meets it.
#include <fmt/format.h>

#include <chrono>
#include <thread>

#include "base/safetensors.h"
#include "cli/records.h"

namespace bnexp {
namespace {

using namespace tests;

TEST_CASE("verify finds the same bits in an honest store, whole, in part and without training") {
  const Program bnexp;
  run(bnexp, {"--weights"});
  const auto before = bnexp.record_files("store");
  const auto whole = verify(bnexp);
  INFO(whole.out << whole.err);
  CHECK(whole.code == 0);
  CHECK(contains(whole.out, "4 records: 4 same bits"));
  CHECK(contains(whole.out, " values to the end, with its weights"));
  CHECK(contains(whole.out, "lr=0.1, seed 2"));

  const auto part = verify(bnexp, {"--sample", "2", "--steps", "25", "--jobs", "1"});
  INFO(part.out << part.err);
  CHECK(part.code == 0);
  CHECK(contains(part.out, "4 records: 2 same bits, 2 consistent"));
  CHECK(contains(part.out, " values up to step 25"));
  CHECK(contains(part.out, "lr=0.01, seed"));
  CHECK(contains(part.out, "lr=0.1, seed"));

  // Seven steps leave no value of the history or of the loss curve, and no verdict.
  const auto none = verify(bnexp, {"--steps", "7"});
  CHECK(none.code == 0);
  CHECK(contains(none.out, "nothing is recorded up to step 7; the first value is at step 10"));
  CHECK(contains(none.out, "4 records: 4 not compared"));

  const auto unread = verify(bnexp, {"--no-training"});
  CHECK(unread.code == 0);
  CHECK(contains(unread.out, "4 records: 4 consistent"));
  CHECK(bnexp.record_files("store") == before);
}

TEST_CASE("verify finds every careless change of a record without training") {
  const std::vector<std::pair<std::function<void(Json&)>, std::string>> changes{
      {[](Json& r) { r["metrics"]["test_accuracy"] = 0.95; }, "checksum is wrong"},
      {[](Json& r) { r["history"][1]["train_loss"] = 0.1; }, "checksum is wrong"},
      {[](Json& r) { r["probes"]["loss_curve"]["loss"][0] = 0.1; }, "checksum is wrong"},
      {[](Json& r) { r["settings"]["train"]["batch_size"] = 16; }, "do not match its trial id"},
      {[](Json& r) { r["seed"] = 7; }, "checksum is wrong"},
      {[](Json& r) { r["trial"] = "0123456789abcdef"; }, "do not match its trial id"},
      {[](Json& r) { r["status"] = "failed"; }, "checksum is wrong"},
      {[](Json& r) { r["data"]["sha256"] = std::string(64, 'a'); }, "do not match its trial id"},
      {[](Json& r) { r["arm"]["label"] = "norm=batch, lr=3"; }, "the arm's label is"},
      {[](Json& r) { r["arm"]["values"]["norm"] = "layer"; }, "the arm has norm=layer"},
      {[](Json& r) { r["checksum"] = std::string(64, '0'); }, "checksum is wrong"},
      {[](Json& r) { r["schema_version"] = "2"; }, "no schema_version"}};
  const Program bnexp;
  run(bnexp);
  const fs::path file = first_record(bnexp);
  const std::string honest = read_file(file);
  for (const auto& [change, expected] : changes) {
    Json record = Json::parse(honest);
    change(record);
    std::ofstream(file) << to_file(record);
    const auto outcome = verify(bnexp, {"--no-training"});
    INFO(expected << "\n" << outcome.out << outcome.err);
    CHECK(outcome.code == 1);
    CHECK(contains(outcome.out, expected));
    CHECK(contains(outcome.out, "4 records: 3 consistent, 1 invalid"));
  }
  std::ofstream(file) << honest;
  fs::rename(file, file.parent_path() / "0123456789abcdef.json");
  const auto renamed = verify(bnexp, {"--no-training"});
  CHECK(renamed.code == 1);
  CHECK(contains(renamed.out, "its name is not its trial's id"));
  CHECK(contains(renamed.out, "1 planned trial without a record"));
}

TEST_CASE("verify names planned trials without a record, with exit code 1") {
  const Program bnexp;
  run(bnexp);
  const fs::path file = first_record(bnexp);
  const Json record = Json::parse(read_file(file));
  fs::remove(file);
  const auto outcome = verify(bnexp, {"--no-training"});
  INFO(outcome.out << outcome.err);
  CHECK(outcome.code == 1);
  CHECK(contains(outcome.out, "missing"));
  CHECK(contains(outcome.out, file.stem().string()));
  CHECK(contains(outcome.out, fmt::format("{}, seed {}", record.at("arm").at("label").get<std::string>(),
                                          record.at("seed").get<int>())));
  CHECK(contains(outcome.out, "3 records: 3 consistent; 1 planned trial without a record"));
  const Json store = Json::parse(verify(bnexp, {"--no-training", "--json"}).out).at("stores").at(0);
  CHECK(store.at("missing") == 1);
  REQUIRE(store.at("missing_trials").size() == 1);
  CHECK(store.at("missing_trials").at(0) ==
        Json{{"trial", record.at("trial")}, {"arm", record.at("arm").at("label")}, {"seed", record.at("seed")}});
  // One record alone, or a store without a plan, says nothing of the others.
  CHECK(verify(bnexp, {"--no-training"}, "store/records/" + bnexp.record_files("store").begin()->first).code == 0);
  fs::remove(bnexp.path("store/suite.json"));
  const auto unplanned = verify(bnexp, {"--no-training"});
  CHECK(unplanned.code == 0);
  CHECK(contains(unplanned.out, "3 consistent; 1 store without a plan, which would name missing records"));
}

TEST_CASE("training again finds a change with a right checksum, and names the step and the value") {
  const Program bnexp;
  run(bnexp);
  const fs::path file = first_record(bnexp);
  const std::string honest = read_file(file);
  const std::vector<std::pair<std::function<void(Json&)>, std::string>> changes{
      {[](Json& r) { r["metrics"]["test_accuracy"] = 0.95; }, "metrics.test_accuracy: 0.95 recorded"},
      {[](Json& r) { r["history"][1]["train_loss"] = 0.125; }, "history.train_loss at step 40: 0.125 recorded"},
      {[](Json& r) { r["probes"]["loss_curve"]["loss"][2] = 0.125; },
       "probes.loss_curve: loss at step 30: 0.125 recorded"}};
  for (const auto& [change, expected] : changes) {
    std::ofstream(file) << honest;
    tamper(bnexp, change);
    CHECK(verify(bnexp, {"--no-training"}).code == 0);
    const auto outcome = verify(bnexp, {}, "store/records/" + file.filename().string());
    INFO(outcome.out << outcome.err);
    CHECK(outcome.code == 1);
    CHECK(contains(outcome.out, expected));
    CHECK(contains(outcome.out, "1 record: 1 differs"));
  }
  // The last change is after step 20.
  CHECK(verify(bnexp, {"--steps", "20"}).code == 0);

  // The results of one trial under the settings of another.
  const auto files = bnexp.record_files("store");
  Json stolen = Json::parse(honest);
  const Json owner = Json::parse(files.rbegin()->second);
  for (const char* key : {"trial", "settings", "arm", "seed"}) stolen[key] = owner.at(key);
  write_record(bnexp.path("store/records/" + files.rbegin()->first), stolen);
  CHECK(verify(bnexp, {"--no-training"}).code == 0);
  const auto outcome = verify(bnexp, {"--steps", "20"});
  INFO(outcome.out << outcome.err);
  CHECK(outcome.code == 1);
  CHECK(contains(outcome.out, "at step 10: "));
}

TEST_CASE("kept weights that are not those of the training name the tensor, and damaged ones are found") {
  const Program bnexp;
  run(bnexp, {"--weights"});
  const fs::path file = bnexp.path("store/weights") / (first_record(bnexp).stem().string() + ".safetensors");
  std::string bytes = read_file(file);
  for (const auto& tensor : safetensors::read(bytes, "x").tensors) {
    if (tensor.name == "fc2.bias") bytes[static_cast<std::size_t>(tensor.data.data() - bytes.data())] ^= 1;
  }
  std::ofstream(file) << bytes;
  const auto outcome = verify(bnexp);
  INFO(outcome.out << outcome.err);
  CHECK(outcome.code == 1);
  CHECK(contains(outcome.out, "weights at the end: fc2.bias (1 of 8 tensors)"));
  CHECK(contains(outcome.out, "4 records: 3 same bits, 1 differs"));
  std::ofstream(file) << "x";
  CHECK(contains(verify(bnexp).out, "not a usable safetensors file"));
}

TEST_CASE("a record of another instruction set is compared within a tolerance") {
  const Program bnexp;
  std::vector<std::string> words = bnexp.run_words("store", {"--set", "seeds=1", "--quiet"});
  words.insert(words.begin(), {"/usr/bin/env", "ATEN_CPU_CAPABILITY=default", BNEXP_PROGRAM});
  REQUIRE(Process(bnexp.path("").string(), words).wait().code == 0);
  const auto elsewhere = [&](const std::vector<std::string>& more = {}) {
    std::vector<std::string> all{"verify", bnexp.path("store").string(), "--quiet"};
    all.insert(all.end(), more.begin(), more.end());
    return bnexp(all);
  };
  const Json record = Json::parse(read_file(first_record(bnexp)));
  const auto honest = elsewhere();
  INFO(honest.out << honest.err);
  CHECK(honest.code == 0);
  if (!contains(honest.out, "ISA DEFAULT, here ")) {
    WARN("skipped: this machine has one instruction set, or both give the same bits");
    return;
  }
  CHECK(contains(honest.out, "within tolerance"));
  tamper(bnexp, [](Json& r) { r["history"][0]["train_loss"] = r["history"][0]["train_loss"].get<double>() * 0.7; });
  const auto invented = elsewhere();
  INFO(invented.out);
  CHECK(invented.code == 1);
  CHECK(contains(invented.out, "beyond the tolerance (ISA DEFAULT, here "));
  CHECK(contains(invented.out, "history.train_loss at step 20"));
}

TEST_CASE("a record of an earlier version is verified, and what can't be compared is no fault") {
  const Program bnexp;
  const auto outcome = bnexp({"verify", BNEXP_SOURCE_DIR "/tests/store/formats/v1/every_status", "--quiet", "--json"});
  INFO(outcome.out << outcome.err);
  CHECK(outcome.code == 0);
  const Json verdicts = Json::parse(outcome.out).at("verdicts");
  CHECK(verdicts.at("not compared") >= 8);  // ended as failed, crashed, out of memory, by a timeout or a stop
  CHECK_FALSE(verdicts.contains("invalid"));
}

TEST_CASE("a record that was trained with other semantics is not compared, with exit code 3") {
  const Program bnexp;
  fs::copy(BNEXP_SOURCE_DIR "/tests/store/formats/v1/other_semantics", bnexp.path("store"),
           fs::copy_options::recursive);
  const auto outcome = verify(bnexp);
  INFO(outcome.out << outcome.err);
  CHECK(outcome.code == 3);
  CHECK(contains(outcome.out, "and this bnexp trains with engine 3, schedule/cosine"));
}

TEST_CASE("a folder of stores is verified store by store, and the JSON has every record") {
  const Program bnexp;
  run(bnexp, {}, "results/a", "1");
  run(bnexp, {"--set", "train.batch_size=16"}, "results/b", "1");
  const auto outcome = verify(bnexp, {"--json"}, "results");
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  const Json json = Json::parse(outcome.out);
  CHECK(json.at("verdicts") == Json{{"same bits", 4}});
  REQUIRE(json.at("stores").size() == 2);
  for (const auto& store : json.at("stores")) {
    CHECK(store.at("missing") == 0);
    REQUIRE(store.at("records").size() == 2);
    const Json& record = store.at("records").at(0);
    CHECK(record.at("verdict") == "same bits");
    CHECK(record.at("trained").at("last_step") == "end");
    CHECK(record.at("trained").at("first_difference").is_null());
  }
}

TEST_CASE("verify says what it can't read, and shows progress on standard error") {
  const Program bnexp;
  run(bnexp, {}, "store", "1");
  const auto nowhere = bnexp({"verify", bnexp.path("nowhere").string()});
  CHECK(nowhere.code == 3);
  CHECK(contains(nowhere.err, "there is no such file"));
  fs::create_directory(bnexp.path("empty"));
  const auto empty = bnexp({"verify", bnexp.path("empty").string()});
  CHECK(empty.code == 2);
  CHECK(contains(empty.err, "holds no records of trials"));
  // Not passed over, as a folder without records would be.
  fs::create_directories(bnexp.path("empty/unreadable"));
  fs::create_directory_symlink("records", bnexp.path("empty/unreadable/records"));  // to itself
  const auto unreadable = verify(bnexp, {}, "empty");
  CHECK(unreadable.code == 3);
  CHECK(contains(unreadable.err, "cannot read " + bnexp.path("empty/unreadable/records").string()));
  CHECK(bnexp({"verify"}).code == 2);
  CHECK(bnexp({"verify", bnexp.path("store").string(), "--steps", "0"}).code == 2);
  const auto loud = bnexp({"verify", bnexp.path("store").string()});
  CHECK(contains(loud.err, "[2/2] "));
  CHECK(contains(loud.err, "values to the end"));

  std::ofstream(bnexp.path("store/suite.json")) << "{";
  const auto plan = verify(bnexp, {"--no-training"});
  CHECK(plan.code == 1);
  CHECK(contains(plan.out, "invalid"));
  CHECK(contains(plan.out, "suite"));
}

TEST_CASE("a verification that is stopped ends with exit code 3, and says which trials it has not trained") {
  const Program bnexp;
  run(bnexp, {"--set", "train.steps=20000", "--set", "train.log_every=1000"}, "store", "1");
  const auto process = bnexp.start({"verify", bnexp.path("store").string(), "--jobs", "1"});
  for (int i = 0; i < 6000 && !contains(read_file(bnexp.path("err")), "[1/2]"); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  process.signal(SIGINT);
  const auto outcome = process.wait();
  INFO(outcome.out << outcome.err);
  CHECK(outcome.code == 3);
  CHECK(contains(outcome.out, "stopped"));
  CHECK(contains(outcome.out, "2 records: 1 same bits, 1 not compared"));
}

TEST_CASE("a record whose data are not here is not compared, with exit code 3, and the others are") {
  const Program bnexp;
  REQUIRE(bnexp({"data", "export", bnexp.path("idx").string(), "--train", "500", "--test", "200"}).code == 0);
  run(bnexp, {}, "results/a", "1");
  run(bnexp,
      {"--set",
       "data={name: idx, validation: 100, train_images: idx/train-images-idx3-ubyte, train_labels: "
       "idx/train-labels-idx1-ubyte, test_images: idx/t10k-images-idx3-ubyte, test_labels: "
       "idx/t10k-labels-idx1-ubyte}"},
      "results/b", "1");
  CHECK(verify(bnexp, {}, "results").code == 0);
  fs::remove_all(bnexp.path("idx"));
  const auto outcome = verify(bnexp, {}, "results");
  INFO(outcome.out << outcome.err);
  CHECK(outcome.code == 3);
  CHECK(contains(outcome.out, "4 records: 2 same bits, 2 not compared"));
}

}  // namespace
}  // namespace bnexp
