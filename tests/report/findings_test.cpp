#include "report/findings.h"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/sample.h"
#include "support/catch.h"

namespace bnexp::report {
namespace {

std::string all(const sample::Store& store, bool with_plan = true) {
  std::string text;
  const auto results =
      analysis::analyze(analysis::gather(with_plan ? std::optional(store.manifest) : std::nullopt, store.records));
  for (const auto& finding : findings(results)) text += finding.text + "\n";
  return text;
}

bool says(const std::string& text, const std::string& part) {
  INFO(text);
  INFO(part);
  return text.find(part) != std::string::npos;
}

void set_accuracies(sample::Store& store, const std::string& arm, const std::vector<double>& values) {
  std::size_t i = 0;
  for (auto& record : store.records) {
    if (record.arm != arm) continue;
    record.result.metrics["test_accuracy"] = values.at(i);
    record.result.metrics["validation_accuracy"] = values.at(i++);
  }
}

}  // namespace

TEST_CASE("a learning rate sweep is answered by the rates that train, first of all") {
  auto store = sample::lr_sweep();
  for (auto& record : store.records) {
    if (record.result.status == train::Status::ok) record.result.metrics["test_accuracy"] = 0.97;
  }
  const auto results = analysis::analyze(analysis::gather(store.manifest, store.records));
  const auto found = findings(results);
  REQUIRE_FALSE(found.empty());
  CHECK(found[0].text ==
        "Learning rates that train: norm=none: 3 of 4 (0.001, 0.01, 0.1); norm=batch: 4 of 4 (0.001, 0.01, 0.1, 1). "
        "The highest is 1 with norm=batch (the highest tried) against 0.1 with norm=none, at least 10 times as high.");
  for (auto& record : store.records) {
    if (record.arm == "norm=batch, lr=1") sample::diverge(record, 5);
    if (record.arm == "norm=none, lr=0.1") record.result.metrics["test_accuracy"] = 0.5;
  }
  CHECK(says(all(store), "The highest is 0.1 with norm=batch against 0.01 with norm=none, 10 times as high."));
}

TEST_CASE("where no learning rate trains, the answer begins with what the arms differ in") {
  auto store = sample::lr_sweep();
  for (auto& record : store.records) {
    if (record.result.status == train::Status::ok) record.result.metrics["test_accuracy"] = 0.8;
  }
  const auto found = findings(analysis::analyze(analysis::gather(store.manifest, store.records)));
  REQUIRE_FALSE(found.empty());
  CHECK(found[0].text.starts_with("Compared with norm=none"));
  CHECK(says(all(store), "No learning rate trains"));
  CHECK_FALSE(says(all(store), "0 of 4"));
}

TEST_CASE("comparisons are answered by verdict, the decided ones first") {
  auto store = sample::norm_compare();
  set_accuracies(store, "norm=none", {0.970, 0.971, 0.972, 0.973, 0.974});
  set_accuracies(store, "norm=batch", {0.971, 0.970, 0.976, 0.973, 0.980});
  set_accuracies(store, "norm=layer", {0.960, 0.962, 0.962, 0.964, 0.964});
  set_accuracies(store, "norm=instance", {0.980, 0.982, 0.982, 0.984, 0.984});
  set_accuracies(store, "norm=group", {0.9701, 0.9710, 0.9720, 0.9731, 0.9740});
  CHECK(findings(analysis::analyze(analysis::gather(store.manifest, store.records))).at(0).text ==
        "Compared with norm=none (test accuracy, margin 0.2 points). Better: norm=instance (+1.04 points). Worse: "
        "norm=layer (−0.96 points). No difference larger than 0.2 points: norm=group (0.00 points). Undecided: "
        "norm=batch "
        "(+0.20 points). About 22 more seeds needed.");
}

TEST_CASE("where no best setting is known, comparisons are said to be at equal settings") {
  auto store = sample::lr_sweep();
  for (auto& record : store.records) {
    if (record.arm.starts_with("norm=none")) sample::diverge(record, 5);
  }
  CHECK(says(all(store), "Compared with norm=none, at equal settings (test accuracy, margin 0.2 points). "));
}

TEST_CASE("names that have commas themselves are separated by semicolons") {
  std::vector<store::Manifest::Arm> arms;
  for (const char* norm : {"none", "batch"}) {
    for (const double lr : {0.01, 0.1}) {
      for (const int batch : {16, 64}) {
        arms.push_back({fmt::format("norm={}, lr={}, batch_size={}", norm, lr, batch),
                        {{"norm", norm}, {"train.optimizer.lr", lr}, {"train.batch_size", batch}}});
      }
    }
  }
  auto store = sample::planned("three", "?", {"norm", "train.optimizer.lr", "train.batch_size"}, arms, 5);
  for (auto& record : store.records) {
    if (record.arm.starts_with("norm=none")) sample::diverge(record, 5);
  }
  CHECK(
      says(all(store),
           "Better (fewer trials fail): norm=batch at lr=0.01, batch_size=16; norm=batch at lr=0.01, batch_size=64; "));
}

TEST_CASE("diverged trials are listed with the first place where it happened") {
  CHECK(
      says(all(sample::lr_sweep()),
           "Diverged: norm=none, lr=1: 3 of 3 trials (95 % CI 44 to 100 %), first at step 16, conv1, grad of weight."));
}

TEST_CASE("a rate of failure has no interval where trials are missing, or were added by looking") {
  auto store = sample::lr_sweep();
  const auto looked = analysis::analyze(analysis::gather(store.manifest, store.records),
                                        {.thresholds = {}, .compare = {}, .claims = {}, .looks = {{3, 9}}});
  std::string text;
  for (const auto& finding : findings(looked)) text += finding.text + "\n";
  CHECK(says(text, "Diverged: norm=none, lr=1: 3 of 3 trials, first at step 16"));
  std::erase_if(store.records, [](const auto& one) { return one.arm == "norm=none, lr=1" && one.seed == 3; });
  CHECK(says(all(store), "Diverged: norm=none, lr=1: 2 of 3 trials, first at step 16"));
  CHECK(says(all(store),
             "Partial results: 1 of 24 planned trials has no final record (1 missing). Running the suite "
             "again trains only that one."));
}

TEST_CASE("an arm is named by its key, whatever its value is") {
  for (const Json& values : {Json{8, 64}, Json{true, false}, Json{0.5, nullptr}}) {
    std::vector<store::Manifest::Arm> arms;
    for (const auto& value : values) arms.push_back({"x=" + value_text(value), {{"train.x", value}}});
    const std::string text = all(sample::planned("values", "?", {"train.x"}, arms, 5));
    CHECK(says(text, ": x=" + value_text(values[1]) + " ("));
    CHECK(says(text, "Compared with x=" + value_text(values[0])));
  }
}

TEST_CASE("trials at chance level are called so") {
  CHECK(says(
      all(sample::lr_sweep()),
      "Finite but at chance level (test accuracy within 2 points of 10 %): norm=none, lr=0.001: 1 of 3 trials (95 % CI "
      "6 to 79 %)."));
}

TEST_CASE("chance level and the accuracy that counts as trained are the suite's") {
  auto store = sample::lr_sweep();
  for (auto& record : store.records) record.result.metrics["test_accuracy"] = 0.51;
  std::string text;
  for (const auto& finding : findings(analysis::analyze(
           analysis::gather(store.manifest, store.records),
           {.thresholds = {.chance = 0.5, .trains = 0.505}, .compare = {}, .claims = {}, .looks = {}}))) {
    text += finding.text + "\n";
  }
  CHECK(says(text, "ends above 50.5 % test accuracy."));
  CHECK(says(text, "norm=batch: 4 of 4"));
  CHECK(says(text, "test accuracy within 2 points of 50 %"));
}

TEST_CASE("where seeds were added by looking, the runner-up is told apart by what holds at every look") {
  auto store = sample::norm_compare();
  for (const char* other : {"norm=none", "norm=instance", "norm=group"}) {
    set_accuracies(store, other, {0.5, 0.51, 0.52, 0.53, 0.5});
  }
  set_accuracies(store, "norm=batch", {0.980, 0.982, 0.984, 0.986, 0.988});
  set_accuracies(store, "norm=layer", {0.978, 0.981, 0.982, 0.985, 0.986});
  const std::string fixed = all(store);
  CHECK(says(fixed, "+0.16 percentage points (95 % CI +0.09 to +0.23, paired over 5 seeds)."));
  CHECK_FALSE(says(fixed, "Seeds were added"));
  const auto results = analysis::analyze(analysis::gather(store.manifest, store.records),
                                         {.thresholds = {}, .compare = {}, .claims = {}, .looks = {{3, 9}}});
  std::string looked;
  for (const auto& finding : findings(results)) looked += finding.text + "\n";
  CHECK(says(looked, "+0.16 percentage points (95 % confidence sequence −"));
  CHECK(says(looked, "paired over 5 seeds; not distinguishable from seed noise with n = 5)."));
  CHECK(says(looked, "Seeds were added after looking at the results."));
}

TEST_CASE("a difference whose interval includes zero is not called one") {
  auto store = sample::norm_compare();
  set_accuracies(store, "norm=batch", {0.980, 0.982, 0.984, 0.986, 0.988});
  set_accuracies(store, "norm=layer", {0.981, 0.981, 0.985, 0.985, 0.987});
  for (const char* other : {"norm=none", "norm=instance", "norm=group"}) {
    set_accuracies(store, other, {0.5, 0.5, 0.5, 0.5, 0.5});
  }
  const std::string text = all(store);
  CHECK(says(text,
             "Best of 5 arms: norm=batch, test accuracy 98.40 % ± 0.39 (95 % CI, n = 5 seeds); chosen by "
             "validation accuracy."));
  // Differences -0.1, 0.1, -0.1, 0.1, 0.1: mean 0.02, sd 0.10954, half-width 2.776 * 0.10954 / sqrt(5) = 0.136.
  CHECK(says(text, "Against the runner-up, norm=layer"));
  CHECK(says(text,
             "+0.02 percentage points (95 % CI −0.12 to +0.16, paired over 5 seeds; not distinguishable from "
             "seed noise with n = 5)"));
}

TEST_CASE("a difference that clears zero is given with its interval alone") {
  auto store = sample::norm_compare();
  set_accuracies(store, "norm=batch", {0.980, 0.982, 0.984, 0.986, 0.988});
  for (const char* other : {"norm=none", "norm=layer", "norm=instance", "norm=group"}) {
    set_accuracies(store, other, {0.970, 0.973, 0.974, 0.977, 0.978});
  }
  const std::string text = all(store);
  CHECK(says(text, "paired over 5 seeds)"));
  CHECK_FALSE(says(text, "not distinguishable"));
}

TEST_CASE("a key of two levels is answered by what the second changes at each setting of the rest") {
  const auto make = [](int seeds) {
    std::vector<store::Manifest::Arm> arms;
    for (const char* norm : {"batch", "layer", "rms"}) {
      for (const char* precision : {"fp32", "bf16"}) {
        arms.push_back(
            {fmt::format("norm={}, precision={}", norm, precision), {{"norm", norm}, {"precision", precision}}});
      }
    }
    return sample::planned("two", "What is lost?", {"norm", "precision"}, arms, seeds);
  };
  auto store = make(3);
  set_accuracies(store, "norm=batch, precision=fp32", {0.980, 0.982, 0.984});
  set_accuracies(store, "norm=batch, precision=bf16", {0.981, 0.981, 0.985});
  set_accuracies(store, "norm=layer, precision=fp32", {0.970, 0.972, 0.974});
  set_accuracies(store, "norm=layer, precision=bf16", {0.960, 0.962, 0.965});
  set_accuracies(store, "norm=rms, precision=fp32", {0.950, 0.950, 0.950});
  set_accuracies(store, "norm=rms, precision=bf16", {0.951, 0.949, 0.950});
  const std::string text = all(store);
  const std::string answer = "At equal settings, 3 comparisons: 2 undecided, 1 worse.";
  CHECK(says(text, answer));
  CHECK(text.find(answer) < text.find("Best of"));
  CHECK(says(all(make(1)), "At equal settings, 3 comparisons: 3 undecided."));
}

TEST_CASE("with one seed nothing is concluded") {
  auto store = sample::norm_compare();
  std::erase_if(store.manifest.trials, [](const auto& trial) { return trial.seed != 1; });
  std::erase_if(store.records, [](const auto& record) { return record.seed != 1; });
  const std::string text = all(store);
  CHECK(says(text, "One seed per arm: the seed noise is unknown"));
  CHECK(says(text, "(one seed, so no interval)"));
  CHECK(says(text, "one seed in common, so seed noise is unknown"));
}

TEST_CASE("partial results and crashes are said, last and as warnings") {
  auto store = sample::partial();
  const auto results = analysis::analyze(analysis::gather(store.manifest, store.records));
  const auto found = findings(results);
  CHECK(found.back().tone == Finding::Tone::warning);
  const std::string text = all(store);
  CHECK(says(text, "Partial results: 5 of 24 planned trials have no final record (1 interrupted, 4 missing)."));
  CHECK(says(text, "Crashed: norm=none, lr=1: 1 of 3 trials."));
}

TEST_CASE("records without a plan say what can't be seen") {
  CHECK(says(all(sample::norm_compare(), false), "The plan (suite.json) is absent"));
}

TEST_CASE("a store without a finished trial has no best arm") {
  auto store = sample::norm_compare();
  for (auto& record : store.records) sample::diverge(record, 1);
  CHECK(says(all(store), "No trial has finished ok, so no arm is best."));
  store.records.clear();
  CHECK(says(all(store), "25 of 25 planned trials have no final record"));
  CHECK(all({}) == "No trial has a record yet.\n");
}

TEST_CASE("survivors of an arm that lost trials carry that beside their mean") {
  auto store = sample::norm_compare();
  for (auto& record : store.records) {
    if (record.seed > 3) sample::diverge(record, 1);
  }
  CHECK(says(all(store), "n = 3 seeds; 3 of 5 planned trials ok)"));
}

TEST_CASE("a long list of learning rates names the combinations that train, and counts the others") {
  auto store = sample::large();
  for (auto& record : store.records) {
    if (record.result.status == train::Status::ok)
      record.result.metrics["test_accuracy"] = record.arm.starts_with("norm=batch") ? 0.97 : 0.5;
  }
  const std::string text = all(store);
  CHECK(says(text, "No rate trains at 20 other combinations."));
  CHECK(says(text, "norm=batch, batch_size=16: "));
  CHECK_FALSE(says(text, "norm=none, batch_size=16: 0 of"));
  CHECK_FALSE(says(text, "table of usable"));
}

TEST_CASE("long lists end with how many more there are") {
  auto store = sample::large();
  for (auto& record : store.records) sample::diverge(record, 1);
  CHECK(says(all(store), "; and 192 more, see the table of arms."));
}

}  // namespace bnexp::report
