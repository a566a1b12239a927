#include "analysis/reproduction.h"

#include <cmath>
#include <set>

#include "analysis/tolerance.h"
#include "base/error.h"
#include "base/safetensors.h"
#include "support/catch.h"

using namespace bnexp;
using analysis::kAtTheEnd;

namespace {

// 30 steps with an entry for each 10, two probes, and the numbers at the end.
train::TrialResult whole() {
  train::TrialResult result;
  result.status = train::Status::ok;
  result.data = {{"sha256", "a"}};
  for (int step = 10; step <= 30; step += 10) {
    result.history.push_back({{"step", step},
                              {"epoch", step / 30.0},
                              {"lr", 0.1},
                              {"train_loss", 20.0 / step},
                              {"validation_loss", 10.0 / step},
                              {"validation_accuracy", 0.5 + step / 100.0}});
  }
  result.metrics = {{"steps", 30}, {"test_loss", 0.4}, {"test_accuracy", 0.8}};
  result.probes = {
      {"loss_curve", {{"every", 10}, {"steps", {10, 20, 30}}, {"loss", {2.0, 1.0, 0.5}}, {"lr", {0.1, 0.1, 0.1}}}},
      {"activations",
       {{"slots",
         {{{"slot", "norm1"},
           {"steps", {0, 20}},
           {"series", {{{"mode", "eval"}, {"side", "before"}, {"q50", {0.25, 0.75}}, {"drift", 0.3}}}}}}}}}};
  return result;
}

// The same, stopped after this step.
train::TrialResult part(std::int64_t last_step) {
  train::TrialResult result = whole();
  result.status = train::Status::interrupted;
  result.failure = train::Failure{.message = "stopped"};
  Json history = Json::array();
  for (const auto& entry : result.history) {
    if (entry.at("step") <= last_step) history.push_back(entry);
  }
  result.history = history;
  result.metrics = {{"steps", last_step}};
  return result;
}

Json& median(train::TrialResult& result) { return result.probes["activations"]["slots"][0]["series"][0]["q50"]; }

std::string first_difference(const train::TrialResult& recorded, const train::TrialResult& now) {
  const auto found = analysis::reproduction(recorded, now).first;
  return found ? analysis::to_text(*found) : "none";
}

}  // namespace

TEST_CASE("equal results have the same bits, and everything was compared") {
  const auto found = analysis::reproduction(whole(), whole());
  CHECK_FALSE(found.first);
  CHECK(found.last_step == kAtTheEnd);
  // 3 entries of 5 numbers; 2 * 3 + 1 of loss_curve with its steps 3; 2 + 1 and 2 steps, 3 texts; 3 metrics, data,
  // status
  CHECK(found.readings > 25);
}

TEST_CASE("the first difference is named by step, probe, layer and value, in the order of training") {
  auto now = whole();
  now.metrics["test_accuracy"] = 0.79;
  CHECK(first_difference(whole(), now) == "metrics.test_accuracy: 0.8 recorded, 0.79 now");
  now.history[2]["train_loss"] = 0.7;
  CHECK(first_difference(whole(), now) == "history.train_loss at step 30: 0.6666666666666666 recorded, 0.7 now");
  median(now)[1] = 0.8;
  CHECK(first_difference(whole(), now) ==
        "probes.activations: norm1, eval, before, q50 at step 20: 0.75 recorded, 0.8 now");
  now.probes["loss_curve"]["loss"][0] = 2.1;
  CHECK(first_difference(whole(), now) == "probes.loss_curve: loss at step 10: 2 recorded, 2.1 now");
}

TEST_CASE("the smallest difference of a number counts") {
  auto now = whole();
  now.history[0]["train_loss"] = std::nextafter(2.0, 3.0);
  CHECK(analysis::reproduction(whole(), now).first->step == 10);
}

TEST_CASE("an entry that was taken out of a record, or put into it, is a difference") {
  auto recorded = whole();
  recorded.history.erase(1);
  CHECK(first_difference(recorded, whole()) == "history.epoch at step 20: none recorded, 0.6666666666666666 now");
  CHECK(first_difference(whole(), recorded) == "history.epoch at step 20: 0.6666666666666666 recorded, none now");
}

TEST_CASE("a divergence is compared at its step, with layer and tensor") {
  auto recorded = part(20);
  recorded.status = train::Status::diverged;
  recorded.failure = train::Failure{.message = "x", .step = 25, .layer = "fc1", .tensor = "output"};
  recorded.metrics = {{"steps", 25}};
  CHECK(first_difference(recorded, recorded) == "none");
  auto now = recorded;
  now.failure->tensor = "grad of weight";
  CHECK(first_difference(recorded, now) ==
        "status at step 25: diverged in fc1's output recorded, diverged in fc1's grad of weight now");
  CHECK(first_difference(recorded, whole()) == "status at step 25: diverged in fc1's output recorded, none now");
}

TEST_CASE("of a training that was stopped early, what is up to there is compared") {
  auto now = part(20);
  now.probes["loss_curve"]["loss"][2] = 99;  // beyond the last step
  CHECK(first_difference(whole(), now) == "none");
  CHECK(analysis::reproduction(whole(), now).last_step == 20);
  median(now)[1] = 0.8;
  CHECK(first_difference(whole(), now) != "none");
  // What a shortened probe measures last is not in the record.
  auto shorter = part(15);
  shorter.probes["activations"]["slots"][0]["steps"] = {0, 15};
  CHECK(first_difference(whole(), shorter) == "none");
}

TEST_CASE("of a record that was interrupted, the history counts") {
  auto recorded = part(20);
  CHECK(first_difference(recorded, whole()) == "none");
  recorded.history[1]["lr"] = 0.2;
  CHECK(first_difference(recorded, whole()) == "history.lr at step 20: 0.2 recorded, 0.1 now");
}

TEST_CASE("machines are alike unless something differs that decides how sums are rounded") {
  const Json here{{"libtorch", "2.13.0"}, {"isa", "AVX512"}, {"threads", 1}, {"cpu", "Intel(R) Xeon(R) 8481C"}};
  const Json settings{{"device", "cpu"}, {"precision", "fp32"}};
  CHECK(analysis::unlike(here, here, settings).empty());
  Json other = here;
  other["cpu"] = "Intel(R) Xeon(R) Gold";
  CHECK(analysis::unlike(other, here, settings).empty());
  CHECK(analysis::unlike(other, here, {{"device", "cpu"}, {"precision", "bf16"}}).size() == 1);
  other["cpu"] = "AMD EPYC";
  other["isa"] = "AVX2";
  CHECK(analysis::unlike(other, here, settings) ==
        std::vector<std::string>{"ISA AVX2, here AVX512", "processor of AMD, here Intel(R)"});
  other = here;
  other.erase("isa");
  CHECK(analysis::unlike(other, here, settings) == std::vector<std::string>{"ISA unknown, here AVX512"});
  const Json gpu{{"libtorch", "2.13.0"}, {"gpu", "H100"}, {"cuda", "13.0"}, {"cudnn", "9.19.0"}, {"cpu", "AMD"}};
  Json other_gpu = gpu;
  other_gpu["gpu"] = "A100";
  other_gpu["cpu"] = "Intel(R)";
  CHECK(analysis::unlike(other_gpu, gpu, {{"device", "cuda"}, {"precision", "fp32"}}) ==
        std::vector<std::string>{"GPU A100, here H100"});
}

TEST_CASE("kept weights are compared tensor by tensor") {
  const auto file = [](const std::string& a, const std::string& b) {
    return safetensors::write({{"fc1.weight", "F32", {1}, a}, {"fc2.weight", "F32", {1}, b}});
  };
  CHECK_FALSE(analysis::differing_tensor(file("1234", "5678"), file("1234", "5678"), "w"));
  CHECK(analysis::differing_tensor(file("1234", "5678"), file("1234", "5679"), "w") == "fc2.weight (1 of 2 tensors)");
  CHECK(analysis::differing_tensor(safetensors::write({{"fc1.weight", "F32", {1}, "1234"}}), file("1234", "5678"),
                                   "w") == "1 tensors instead of 2");
  CHECK_THROWS_AS(analysis::differing_tensor("x", file("1234", "5678"), "w"), Error);
}

TEST_CASE("a sample is spread over the arms, depends on its seed alone, and holds each trial once") {
  const std::vector<std::string> arms{"a", "a", "a", "a", "b", "b", "c"};
  const auto arms_of = [&](const std::vector<std::size_t>& chosen) {
    std::multiset<std::string> names;
    for (const auto i : chosen) names.insert(arms[i]);
    return names;
  };
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    CHECK(arms_of(analysis::spread_sample(arms, 3, seed)) == std::multiset<std::string>{"a", "b", "c"});
    CHECK(arms_of(analysis::spread_sample(arms, 5, seed)) == std::multiset<std::string>{"a", "a", "b", "b", "c"});
  }
  CHECK(analysis::spread_sample(arms, 3, 1) == analysis::spread_sample(arms, 3, 1));
  std::set<std::vector<std::size_t>> different;
  for (std::uint64_t seed = 0; seed < 20; ++seed) different.insert(analysis::spread_sample(arms, 3, seed));
  CHECK(different.size() > 3);
  CHECK(analysis::spread_sample(arms, 100, 1) == std::vector<std::size_t>{0, 1, 2, 3, 4, 5, 6});
}

// --- other machines ---

namespace {

train::TrialResult scaled(double factor) {
  train::TrialResult result = whole();
  for (auto& entry : result.history) {
    for (const char* name : {"train_loss", "validation_loss"}) entry[name] = entry[name].get<double>() * factor;
  }
  result.metrics["test_loss"] = 0.4 * factor;
  return result;
}

}  // namespace

// As another machine trains it.
train::TrialResult elsewhere() { return scaled(1 + 1e-8); }

TEST_CASE("losses of another machine may differ by 1% for each step, at most 20%") {
  const auto now = whole();
  const std::vector rounded{scaled(1 + 1e-7)};
  const auto close = analysis::tolerated(scaled(1.09), now, rounded);
  CHECK_FALSE(close.beyond);
  CHECK(close.largest == Approx(0.09 / 1.09));
  CHECK(close.last_step == 10);
  CHECK_FALSE(close.is_whole);  // after it has parted by more than 1%
  CHECK(analysis::tolerated(scaled(1.009), now, rounded).is_whole);
  auto recorded = elsewhere();
  recorded.history[0]["validation_loss"] = 1.12;
  REQUIRE(analysis::tolerated(recorded, now, rounded).beyond);
  CHECK(analysis::tolerated(recorded, now, rounded).beyond->name == "history.validation_loss");
  CHECK(analysis::tolerated(recorded, now, rounded).beyond->step == 10);
  recorded = elsewhere();
  recorded.history[2]["validation_loss"] = 10.0 / 30 * 1.2;
  CHECK_FALSE(analysis::tolerated(recorded, now, rounded).beyond);
  recorded.history[2]["validation_loss"] = 10.0 / 30 * 1.3;
  CHECK(analysis::tolerated(recorded, now, rounded).beyond->step == 30);
}

TEST_CASE("an invented accuracy or status of another machine is beyond the tolerance") {
  const auto now = whole();
  const std::vector rounded{scaled(1 + 1e-7)};
  auto recorded = elsewhere();
  recorded.metrics["test_accuracy"] = 0.95;
  CHECK(analysis::tolerated(recorded, now, rounded).beyond->name == "metrics.test_accuracy");
  recorded = part(20);
  recorded.status = train::Status::diverged;
  recorded.failure = train::Failure{.message = "x", .step = 25, .layer = "fc1", .tensor = "output"};
  CHECK(analysis::tolerated(recorded, now, rounded).beyond->name == "status");
}

TEST_CASE("trainings that were stopped early are compared up to there, also without a history") {
  auto now = part(15), rounded = part(15);
  now.history = Json::array();
  rounded.history = Json::array();
  rounded.probes["loss_curve"]["loss"][0] = 2.0001;
  auto recorded = elsewhere();
  recorded.history = Json::array();
  CHECK(analysis::tolerated(recorded, now, {rounded}).values == 1);
  recorded.probes["loss_curve"]["loss"][0] = 1.0;
  CHECK(analysis::tolerated(recorded, now, {rounded}).beyond);
}

TEST_CASE("nothing is compared from where rounding alone moves the trial") {
  auto rounded = whole();
  rounded.history[1]["train_loss"] = 1.03;
  rounded.history[2]["train_loss"] = 0.5;
  auto recorded = elsewhere();
  recorded.history[1]["validation_loss"] = 9;
  recorded.metrics["test_accuracy"] = 0;
  const auto found = analysis::tolerated(recorded, whole(), {rounded});
  CHECK_FALSE(found.beyond);
  CHECK_FALSE(found.is_whole);
  CHECK(found.last_step == 10);
  CHECK(found.values > 0);
  rounded.history[0]["train_loss"] = 3;
  CHECK(analysis::tolerated(recorded, whole(), {rounded}).values == 0);
}

TEST_CASE("one of several perturbed trainings that moves is enough") {
  auto moved = whole();
  moved.history[1]["validation_loss"] = 1;
  auto recorded = elsewhere();
  recorded.history[1]["validation_loss"] = 1;
  const auto still = scaled(1 + 1e-7);
  CHECK(analysis::tolerated(recorded, whole(), {still, still}).beyond->name == "history.validation_loss");
  CHECK_FALSE(analysis::tolerated(recorded, whole(), {still, still, moved}).beyond);
}

TEST_CASE("the last ten steps before a divergence here are not compared, since the loss explodes in one of them") {
  const auto diverged = [](std::int64_t step) {
    auto result = whole();
    result.status = train::Status::diverged;
    result.failure = train::Failure{.message = "x", .step = step, .layer = "fc1", .tensor = "output"};
    return result;
  };
  auto recorded = diverged(28);
  recorded.history[1]["train_loss"] = 9;  // step 20
  const auto found = analysis::tolerated(recorded, diverged(29), {diverged(31)});
  CHECK_FALSE(found.beyond);
  CHECK(found.last_step == 10);
  CHECK_FALSE(found.is_whole);
  CHECK(analysis::tolerated(recorded, diverged(30), {diverged(30)}).beyond->step == 20);
  CHECK(analysis::tolerated(recorded, whole(), {whole()}).beyond->step == 20);
}

TEST_CASE("where training has the same bits, one changed value is a difference, and counts always are") {
  const std::vector rounded{scaled(1 + 1e-7)};
  for (const char* name : {"test_accuracy", "test_loss", "parameters"}) {
    INFO(name);
    auto recorded = whole();
    recorded.metrics[name] = recorded.metrics.value(name, 5.0) * 1.001;
    CHECK(analysis::tolerated(recorded, whole(), rounded).beyond->name == std::string("metrics.") + name);
  }
  auto recorded = elsewhere();
  recorded.metrics["steps"] = 31;
  CHECK(analysis::tolerated(recorded, whole(), rounded).beyond->name == "metrics.steps");
}
