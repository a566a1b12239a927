#include "analysis/matching.h"

#include "analysis/changed_store.h"
#include "support/catch.h"

namespace bnexp::analysis {
namespace {

Results results_of(const sample::Store& store) { return gather(store.manifest, store.records); }

std::vector<std::string> texts(const Matching& matching) {
  std::vector<std::string> result;
  for (const auto& pair : matching.pairs) {
    std::string text = pair.a->label + " = " + pair.b->label;
    for (const auto& change : pair.settings)
      text += fmt::format(", {}: {} to {}", change.key, change.a ? value_text(*change.a) : "-",
                          change.b ? value_text(*change.b) : "-");
    result.push_back(text);
  }
  return result;
}

}  // namespace

TEST_CASE("arms of the same settings are one arm, whatever their labels and order") {
  auto other = sample::three_norms(2);
  std::swap(other.manifest.arms[0], other.manifest.arms[2]);
  for (auto& trial : other.manifest.trials) trial.arm = 2 - trial.arm;
  for (auto& arm : other.manifest.arms) arm.label = "n " + arm.label;
  const Results a = results_of(sample::three_norms(2)), b = results_of(other);
  CHECK(texts(match_arms(a, b)) ==
        std::vector<std::string>{"norm=none = n norm=none", "norm=batch = n norm=batch", "norm=layer = n norm=layer"});
}

TEST_CASE("arms of the same swept values are one arm, and the settings that differ are listed") {
  const Results a = results_of(sample::three_norms(2));
  const Results b = results_of(sample::three_norms(2, [](store::Record& record) {
    sample::set(record, "/train/optimizer", {{"name", "sgd"}, {"lr", 0.05}, {"momentum", 0.0}});
    sample::set(record, "/train/schedule", {{"name", "cosine"}, {"warmup_steps", 0}});
    record.semantics["schedule/cosine"] = 1;
  }));
  for (const auto& text : texts(match_arms(a, b))) {
    CHECK(
        text.ends_with(", train.optimizer.lr: 0.1 to 0.05, train.schedule: constant to cosine, "
                       "semantics.schedule/cosine: - to 1"));
  }
}

TEST_CASE("a setting that was added later is no difference where it has the value of the records before") {
  const Results a = results_of(sample::three_norms(2));
  const auto with_size = [](const Json& size) {
    return results_of(sample::three_norms(
        2, [&](store::Record& record) { sample::set(record, "/train/evaluation_batch_size", size); }));
  };
  const Results same = with_size(nullptr), other = with_size(100);
  CHECK(texts(match_arms(a, same))[0] == "norm=none = norm=none");
  CHECK(texts(match_arms(a, other))[0] == "norm=none = norm=none, train.evaluation_batch_size: - to 100");
}

TEST_CASE("arms of one store alone are listed") {
  auto fewer = sample::three_norms(2);
  fewer.manifest.arms.pop_back();
  std::erase_if(fewer.manifest.trials, [](const auto& trial) { return trial.arm == 2; });
  const Results all = results_of(sample::three_norms(2)), two = results_of(fewer);
  const Matching matching = match_arms(all, two);
  CHECK(matching.pairs.size() == 2);
  REQUIRE(matching.only_a.size() == 1);
  CHECK(matching.only_a[0]->label == "norm=layer");
  CHECK(match_arms(two, all).only_b.size() == 1);
}

TEST_CASE("arms that differ only in a base setting are matched by settings where they can be") {
  const auto at = [](const std::vector<double>& rates) {
    std::vector<store::Manifest::Arm> arms;
    for (const double lr : rates) arms.push_back({fmt::format("lr={}", lr), {{"train.optimizer.lr", lr}}});
    return results_of(sample::planned("rates", "", {"train.optimizer.lr"}, arms, 2));
  };
  const Results a = at({0.01, 0.1}), b = at({0.1, 1});
  const Matching matching = match_arms(a, b);
  CHECK(texts(matching) == std::vector<std::string>{"lr=0.1 = lr=0.1"});
  CHECK(matching.only_a.at(0)->label == "lr=0.01");
  CHECK(matching.only_b.at(0)->label == "lr=1");
}

}  // namespace bnexp::analysis
