#include "store/record.h"

#include <limits>
#include <stdexcept>

#include "base/error.h"
#include "store/sample.h"
#include "support/catch.h"

using namespace bnexp;
using store::Record;

TEST_CASE("a record read back equals the one written, to the last bit of every number") {
  for (const Record& record : {test::sample_record(), test::diverged_record(), test::crashed_record()}) {
    const Json written = store::to_json(record);
    const Record read = store::from_json(Json::parse(to_file(written)), "here");
    CHECK(store::to_json(read) == written);
    CHECK(read.result.failure.has_value() == record.result.failure.has_value());
  }
  const Record read = store::from_json(store::to_json(test::diverged_record()), "here");
  CHECK(read.result.failure->layer == "fc1");
  CHECK(read.result.failure->step == 7);
  CHECK_FALSE(read.result.failure->signal);
}

TEST_CASE("equal records are equal bytes") {
  CHECK(to_file(store::to_json(test::sample_record())) == to_file(store::to_json(test::sample_record())));
}

TEST_CASE("a number that is not finite is refused wherever it hides, with its place") {
  const double bad = GENERATE(std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity());
  Record record = test::sample_record();
  record.result.probes["loss_curve"]["loss"][1] = bad;
  CHECK_THROWS_WITH(store::to_json(record), "/probes/loss_curve/loss/1 is not a finite number");
  CHECK_THROWS_AS(store::to_json(record), std::logic_error);
  record = test::sample_record();
  record.context["load"] = bad;
  CHECK_THROWS_AS(store::to_json(record), std::logic_error);
}

TEST_CASE("a newer version is refused with both versions") {
  Json json = store::to_json(test::sample_record());
  json["schema_version"] = 99;
  CHECK_THROWS_AS(store::from_json(json, "x.json"), store::NewerVersion);
  CHECK_THROWS_WITH(store::from_json(json, "records/x.json"),
                    "records/x.json has version 99 of the record format; this bnexp reads versions 1 to 2");
}

TEST_CASE("a status that is not one is damage") {
  Json json = store::to_json(test::sample_record());
  json["status"] = "splendid";
  CHECK_THROWS_AS(store::from_json(json, "x.json"), store::Damaged);
}

TEST_CASE("a record whose numbers no trial has is damage") {
  const auto damage = [](const char* place, const Json& value) -> std::string {
    Json json = store::to_json(test::diverged_record());
    json.at(Json::json_pointer(place)) = value;
    try {
      store::from_json(json, "x.json");
    } catch (const store::Damaged& found) {
      return found.what();
    }
    return "";
  };
  CHECK(damage("/data/train", std::int64_t{1} << 62) ==
        "data.train is 4611686018427387904, which is no number of images");
  CHECK(damage("/data/validation", -1) == "data.validation is -1, which is no number of images");
  CHECK(damage("/failure/step", 1e300) == "failure.step is of the wrong type (number)");
  CHECK(damage("/failure", Json::object()) == "it is not a record: key 'step' is missing");
  CHECK(damage("/failure", "x") == "failure is of the wrong type (string)");
}

TEST_CASE("a trial's id is 16 hexadecimal digits that change with every setting and with the data") {
  const Json settings = test::sample_record().settings;
  const std::string id = store::trial_id(settings, "a");
  CHECK(id.size() == 16);
  CHECK(id.find_first_not_of("0123456789abcdef") == std::string::npos);
  CHECK(store::trial_id(settings, "a") == id);
  CHECK(store::trial_id(settings, "b") != id);
  Json other = settings;
  other["train"]["optimizer"]["lr"] = 0.10000000000000002;
  CHECK(store::trial_id(other, "a") != id);
}

TEST_CASE("a semantics number of a variant changes the id, the engine's alone leaves it what it was") {
  const Json settings = test::sample_record().settings;
  const Json engine{{"engine", store::kTrainingSemantics}};
  CHECK(store::trial_id(settings, "a", engine) == store::first_trial_id(settings, "a", store::kTrainingSemantics));
  const Json with_variant{{"engine", store::kTrainingSemantics}, {"schedule/one_cycle", 1}};
  CHECK(store::trial_id(settings, "a", with_variant) != store::trial_id(settings, "a", engine));
}

// It changes with kTrainingSemantics alone.
TEST_CASE("a trial's id stays what it was in earlier releases") {
  CHECK(store::trial_id({{"norm", {{"name", "batch"}, {"eps", 1e-5}}}, {"seed", 1}}, std::string(64, '0')) ==
        "0e243227401b1e47");
}

TEST_CASE("text that is not UTF-8 does not keep a record from being written") {
  Record record = test::crashed_record();
  record.result.failure->message = "broken \xff byte";
  const Record read = store::from_json(Json::parse(to_file(store::to_json(record))), "here");
  CHECK(read.result.failure->message == "broken \xef\xbf\xbd byte");
}
