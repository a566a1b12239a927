#include "store/one_sweep.h"

#include <functional>
#include <utility>

#include "store/sample.h"
#include "support/catch.h"

namespace bnexp::store {
namespace {

// Two norms, one seed.
Manifest plan() {
  Manifest plan;
  plan.question = "Does it run?";
  plan.swept = {"norm", "train.optimizer.lr"};
  const Record record = test::sample_record();
  for (const char* norm : {"batch", "layer"}) {
    Json settings = record.settings;
    settings.erase("seed");
    settings["norm"] = {{"name", norm}, {"eps", 1e-5}};
    plan.arms.push_back({"norm=" + std::string(norm), {{"norm", norm}}, settings, record.result.data.at("sha256")});
  }
  return plan;
}

std::vector<std::string> differences(const std::function<void(Manifest&)>& change) {
  Manifest other = plan();
  change(other);
  return sweep_differences({plan(), "A"}, {std::move(other), "B"});
}

}  // namespace

TEST_CASE("parts of one sweep may differ in arms, seeds, limits, name and file") {
  CHECK(differences([](Manifest&) {}).empty());
  CHECK(differences([](Manifest& other) {
          other.name = "other";
          other.file = "other.yaml";
          other.overrides = {"seeds=[4, 5]"};
          other.limits.time_s = 60;
          other.weights = true;
          other.arms.erase(other.arms.begin());
          other.arms[0].settings["train"]["optimizer"]["lr"] = 0.5;
          other.arms[0].values["train.optimizer.lr"] = 0.5;
        }).empty());
  CHECK(differences([](Manifest& other) { other.arms.clear(); }).empty());
}

TEST_CASE("a sentence names what keeps two plans from being parts of one sweep") {
  const auto each = [](const auto& change) {
    return [change](Manifest& other) {
      for (auto& arm : other.arms) change(arm);
    };
  };
  const std::vector<std::pair<std::function<void(Manifest&)>, std::string>> changes{
      {[](Manifest& other) { other.question = "Why?"; }, "the question is 'Does it run?' in A, and 'Why?' in B"},
      {[](Manifest& other) { other.swept = {"norm"}; }, "A sweeps norm, train.optimizer.lr, and B sweeps norm"},
      {[](Manifest& other) { other.swept.clear(); }, "A sweeps norm, train.optimizer.lr, and B sweeps nothing"},
      {[](Manifest& other) { other.zipped = other.swept; },
       "sweep.zip is nothing in A, and norm, train.optimizer.lr in B"},
      {[](Manifest& other) { other.thresholds.chance = 0.5; }, "chance_accuracy is 0.1 in A, and 0.5 in B"},
      {[](Manifest& other) { other.thresholds.trains = 0.8; }, "trains_above is 0.9 in A, and 0.8 in B"},
      {[](Manifest& other) { other.compare.metric = "test_loss"; },
       "compare.metric is test_accuracy in A, and test_loss in B"},
      {[](Manifest& other) {
         other.compare.baseline = {{"norm", "layer"}};
       },
       "compare.baseline is null in A, and {norm=layer} in B"},
      {[](Manifest& other) { other.looks = Looks{.first = 3, .most = 20}; },
       "--until-decided is not used in A, and from 3 to 20 seeds in B"},
      {[](Manifest& other) {
         other.claims = Json::array({{{"id", "x"}}});
       },
       "the claims of A and B differ"},
      {each([](auto& arm) { arm.settings["train"]["epochs"] = 6; }), "train.epochs is 5 in A, and 6 in B"},
      {each([](auto& arm) {
         arm.settings["model"] = {{"name", "mlp"}, {"widths", {8}}};
       }),
       "model.name is convnet in A, and mlp in B"},
      {each([](auto& arm) { arm.settings["device"] = "cuda"; }), "device is cpu in A, and cuda in B"},
      {each([](auto& arm) { arm.settings["norm"]["eps"] = 1e-3; }),
       "norm.eps of norm=batch is 1e-05 in A, and 0.001 in B"},
      {each([](auto& arm) { arm.data_sha256 = "b"; }),
       "the checksum of the data is " + std::string(64, 'a') + " in A, and b in B"},
      {each([](auto& arm) { arm.settings = nullptr; }),
       "the plan in B is of an older version and has no settings; run its suite once to write it again"}};
  for (const auto& [change, sentence] : changes) {
    CHECK(differences(change) == std::vector<std::string>{sentence});
  }
}

TEST_CASE("settings that a swept key decides may differ between parts") {
  const auto swept = [](const std::string& key, const std::string& place, const Json& value) {
    Manifest one = plan();
    one.swept = {key};
    for (auto& arm : one.arms) arm.values = {{key, 1}};
    Manifest other = one;
    for (auto& arm : other.arms) {
      arm.settings[Json::json_pointer(place)] = value;
      arm.values = {{key, 2}};
    }
    return sweep_differences({std::move(one), "A"}, {std::move(other), "B"});
  };
  CHECK(swept("norm.name", "/norm/eps", 1).empty());
  CHECK(swept("norm.eps", "/norm/eps", 1).empty());
  CHECK(swept("norm.momentum", "/norm/eps", 1) == std::vector<std::string>{"norm.eps is 1e-05 in A, and 1 in B"});
  CHECK(swept("train.steps", "/train/epochs", 1).empty());
  CHECK(swept("train.epochs", "/train/steps", 1).empty());
  CHECK(swept("train.epochs", "/train/batch_size", 1).size() == 1);
  CHECK(swept("data", "/data/name", "fashion").empty());
}

}  // namespace bnexp::store
