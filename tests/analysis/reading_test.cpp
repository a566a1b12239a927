#include "analysis/reading.h"

#include <algorithm>

#include "analysis/metric.h"
#include "analysis/sample.h"
#include "support/catch.h"

namespace bnexp::analysis {

TEST_CASE("values are read by their type, and each other type is reported once with its place") {
  const Json record{{"steps", {1, 2}}, {"loss", {1, "x"}}, {"name", 3}, {"law", nullptr}, {"list", 1}};
  Problems problems;
  const Value value(record, "probes", "a", problems);
  CHECK(value["steps"].numbers() == std::vector<double>{1, 2});
  CHECK_FALSE(value.find("law"));
  CHECK_FALSE(value.find("absent"));
  CHECK(problems.texts().empty());
  CHECK(value["loss"].numbers().empty());
  CHECK_FALSE(value["name"].text());
  CHECK(value["name"].number() == 3);
  CHECK(value["list"].items().empty());
  CHECK_FALSE(value["law"]["steps"]["deeper"]);
  CHECK_FALSE(value["name"]["below"]);
  const std::vector<std::string> expected{"probes.law is missing in record a",
                                          "probes.list is a number instead of a list in record a",
                                          "probes.loss is not a list of numbers only in record a",
                                          "probes.name is a number instead of an object in record a",
                                          "probes.name is a number instead of text in record a"};
  CHECK(problems.texts() == expected);
}

TEST_CASE("the same problem of several records is one sentence with their number") {
  Problems problems;
  const Json null;
  for (const char* trial : {"c", "a", "b", "b"}) {
    CHECK_FALSE(Value(null, "timing", trial, problems)["wall_s"]);
  }
  CHECK(problems.texts() == std::vector<std::string>{"timing is null instead of an object in 3 records (first: a)"});
}

TEST_CASE("the series of a packed record read as before, in less memory, and so do values of a wrong type") {
  store::Record record;
  record.result.history = Json::array({{{"step", 1}, {"train_loss", 0.25}}, {{"step", 2}, {"train_loss", 0.1}}});
  record.result.probes = {{"loss_curve", {{"loss", {0.1, 0.30000000000000004}}, {"steps", {1, 2}}}}, {"wrong", 3}};
  record.result.timing = {{"wall_s", 2.5}, {"resources", {{"step_ms", {1.5}}}}};
  pack_series(record);
  CHECK(record.result.history.is_binary());
  CHECK(record.result.probes["loss_curve"]["loss"].is_binary());
  Problems problems;
  const auto entries = Value(record.result.history, "history", "a", problems).items();
  REQUIRE(entries.size() == 2);
  CHECK(entries[1]["train_loss"].number() == 0.1);
  const Value probes(record.result.probes, "probes", "a", problems);
  CHECK(probes.find("loss_curve")["loss"].numbers() == std::vector<double>{0.1, 0.30000000000000004});
  CHECK(Value(record.result.timing, "timing", "a", problems)["resources"]["step_ms"].numbers() == std::vector{1.5});
  const auto losses = probes.find("loss_curve")["loss"].items();
  REQUIRE(losses.size() == 2);
  CHECK(losses[1].number() == 0.30000000000000004);
  CHECK(unpacked(record.result.probes["loss_curve"]) == Json{{"loss", {0.1, 0.30000000000000004}}, {"steps", {1, 2}}});
  CHECK(problems.texts().empty());
  CHECK(probes["loss_curve"]["steps"].numbers() == std::vector<double>{1, 2});
  CHECK_FALSE(probes["loss_curve"]["loss"].number());
  CHECK(problems.texts() ==
        std::vector<std::string>{"probes.loss_curve.loss is a list instead of a number in record a"});
  CHECK_FALSE(probes["wrong"]["loss"]);
  CHECK(problems.texts().back() == "probes.wrong is a number instead of an object in record a");
}

TEST_CASE("metrics of a packed record are those of the record") {
  auto store = sample::lr_sweep();
  store::Record& record = store.records[0];
  const Trial trial{record.trial, record.seed, &record};
  const std::vector<Metric> metrics{{"steps_to_accuracy", {0.1, 0.5}},
                                    {"validation_area", {}},
                                    {"worst_loss", {}},
                                    {"probes.loss_curve.loss[-1]", {}},
                                    {"probes.absent.loss[-1]", {}}};
  std::vector<std::optional<double>> before, after;
  for (const auto& metric : metrics) before.push_back(metric.of(trial));
  pack_series(record);
  for (const auto& metric : metrics) after.push_back(metric.of(trial));
  CHECK(before == after);
  CHECK(std::ranges::count_if(after, [](const auto& value) { return !value; }) == 1);
}

}  // namespace bnexp::analysis
