#include "report/changes.h"

#include <algorithm>
#include <sstream>

#include "analysis/changed_store.h"
#include "base/text.h"
#include "report/table.h"
#include "support/catch.h"

namespace bnexp::report {
namespace {

using sample::Changed;
using sample::three_norms;

std::string text_of(const Changed& changes) { return changes_text(*changes, {"results/a", "results/b"}); }

// The text on one line: sentences are wrapped.
std::string flat(std::string text) {
  std::ranges::replace(text, '\n', ' ');
  return text;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

sample::Store slower(int seeds) {
  return three_norms(seeds, [](store::Record& record) {
    sample::set(record, "/train/optimizer/lr", 0.05);
    sample::shift(record, -0.01 + sample::seed_noise(record));
  });
}

}  // namespace

TEST_CASE("the verdict comes first, and the same bits are said") {
  const std::string text = text_of(Changed(sample::lr_sweep(), sample::lr_sweep()));
  INFO(text);
  CHECK(text.starts_with("no significant change in 8 arms (test accuracy, margin 0.2 points)\n"));
  CHECK(has(text, "The same bits in all 24 trials.\n"));
  CHECK(has(text, "Nothing differs in settings, versions, machine and data."));
  CHECK(has(text, "3/3 \u2192 3/3"));
}

TEST_CASE("what differs in every arm is listed once, and the table has every arm with its change") {
  const std::string text = text_of(Changed(three_norms(5), slower(5)));
  INFO(text);
  CHECK(text.starts_with("significant change in 3 of 3 arms (test accuracy, margin 0.2 points)\nArms: 3 lower.\n"));
  CHECK(has(text, "  train.optimizer.lr  0.1 \u2192 0.05\n"));
  CHECK(has(text, "\u22121.00 ["));
  CHECK(has(text, "adjusted by Holm over 3 arms."));
}

TEST_CASE("a setting that differs in some arms says in how many") {
  const auto some = three_norms(5, [](store::Record& record) {
    if (record.arm == "norm=layer") sample::set(record, "/train/batch_size", 128);
  });
  CHECK(has(text_of(Changed(three_norms(5), some)), "  train.batch_size  64 \u2192 128 in 1 of 3 arms\n"));
}

TEST_CASE("other bits under one id are a warning, with what may have caused them") {
  const auto shifted = [](const char* key) {
    return text_of(Changed(three_norms(2), three_norms(2, [&](store::Record& record) {
                             sample::shift(record, 0.001);
                             if (*key != '\0') record.context[key] = "another";
                           })));
  };
  CHECK(has(flat(shifted("")), "WARNING: 6 of 6 trials have the same id in A and B, and other results (in metrics)."));
  CHECK(has(flat(shifted("")), "not reproducible"));
  CHECK(has(flat(shifted("git")), "another semantics number"));
  CHECK(has(flat(shifted("cpu")), "A and B differ in CPU, which may round differently."));
}

TEST_CASE("what the seeds can't show is said") {
  const std::string one = text_of(Changed(three_norms(1), slower(1)));
  INFO(one);
  CHECK(has(one, "3 arms have one seed in common: no noise estimate."));
  CHECK(has(one, "no estimate"));
  const auto failing = three_norms(3, [](store::Record& record) { sample::diverge(record, 3); });
  const std::string rates = text_of(Changed(three_norms(3), failing));
  INFO(rates);
  CHECK(has(rates, "0/3 \u2192 3/3"));
  CHECK(has(flat(rates), "3 seeds can't show another rate here: even all against none has p = 0.100"));
}

TEST_CASE("the text names the test that was made, and why a change is undecided") {
  const auto unpaired = [](double by) {
    auto store = three_norms(6, [=](store::Record& record) { sample::shift(record, by + sample::seed_noise(record)); });
    std::erase_if(store.manifest.trials, [](const auto& trial) { return trial.seed <= 3; });
    return store;
  };
  const std::string welch = text_of(Changed(three_norms(3), unpaired(0.02)));
  INFO(welch);
  CHECK(has(flat(welch),
            "change: B \u2212 A, not paired, with its 95 % interval (all intervals together: 95 %); p: "
            "Welch's test."));
  CHECK_FALSE(has(welch, "paired by seed"));
  const auto equal = three_norms(3, [](store::Record& record) { sample::set(record, "/execution/fused", false); });
  const std::string same = text_of(Changed(three_norms(3), equal));
  INFO(same);
  CHECK(has(same, "undecided: equal\n"));
  CHECK(has(flat(same), "3 arms have equal values in A and B at every seed: no noise estimate"));
}

TEST_CASE("where seeds were added by looking, the text says which tests hold") {
  const auto text = [](int seeds, bool looked) {
    return flat(text_of(Changed(three_norms(seeds), slower(seeds), "test_accuracy", 0.002, looked)));
  };
  CHECK_FALSE(has(text(6, false), "looking"));
  CHECK(has(text(6, true),
            "with its 95 % confidence sequence (all intervals together: 95 %); p: anytime-valid t test. "
            "Both hold though seeds were added by looking; the \u00b1 of A and B does not."));
  CHECK(has(text(6, true), "p is adjusted by Bonferroni over 3 arms."));
  CHECK(has(text(3, true), "3 arms have too few seeds for an interval that holds at every look."));
  CHECK(changes_json(*Changed(three_norms(6), slower(6), "test_accuracy", 0.002, true), {"a", "b"})
            .at("arms")
            .at(0)
            .at("basis") == "anytime_valid_t_test");
}

TEST_CASE("a change of a time is said to be perhaps the machine's where it was busy") {
  const auto text = [](bool busy) {
    return flat(text_of(Changed(three_norms(5),
                                three_norms(5,
                                            [=](store::Record& record) {
                                              record.result.timing["train_s"] =
                                                  140.0 + static_cast<double>(record.seed);
                                              record.context["contended"] = busy;
                                            }),
                                "seconds_to_accuracy", 0)));
  };
  CHECK(has(text(true), "A change in seconds to 90 % validation accuracy may be the machine's"));
  CHECK_FALSE(has(text(false), "the machine's"));
}

TEST_CASE("rates of failure have their intervals") {
  const auto failing = three_norms(5, [](store::Record& record) {
    if (record.arm == "norm=none" && record.seed <= 2) sample::diverge(record, 3);
  });
  const Changed changes(three_norms(5), failing);
  CHECK(has(flat(text_of(changes)),
            "Failed trials: norm=none: A 0 of 5 trials (95 % CI 0 to 43 %), B 2 of 5 trials (95 % CI 12 to 77 %)."));
  const Json rate = changes_json(*changes, {"a", "b"}).at("arms").at(0).at("failed_b");
  CHECK(rate.at("failed") == 2);
  CHECK(rate.at("low").get<double>() == Approx(0.1176).margin(1e-4));
}

TEST_CASE("one of a kind is in the singular") {
  const auto one = [](const std::function<void(store::Record&)>& change = {}) { return sample::one_norm(1, change); };
  const std::string same = text_of(Changed(one(), one()));
  CHECK(has(same, "no significant change in 1 arm "));
  CHECK(has(same, "The same bits in the one trial.\n"));
  const std::string other =
      flat(text_of(Changed(one(), one([](store::Record& record) { sample::shift(record, 0.001); }))));
  CHECK(has(other, "1 of 1 trial has the same id in A and B, and other results"));
  const auto steps = [](bool later) {
    return three_norms(5, [=](store::Record& record) {
      if (later) sample::set(record, "/train/optimizer/lr", 0.05);
      for (auto& row : record.result.history) {
        const auto epoch = row.at("epoch").get<std::int64_t>();
        row["validation_accuracy"] = epoch < 2 + (later ? record.seed % 2 : 0) ? 0.5 : 0.95;
        row["step"] = epoch;
      }
    });
  };
  const std::string margin = text_of(Changed(steps(false), steps(true), "steps_to_accuracy", 1));
  INFO(margin);
  CHECK(has(margin, "(steps to 90 % validation accuracy, margin 1 step)\n"));
}

TEST_CASE("the text fits a terminal of 100 columns, in which a label of any length has its own line") {
  const auto store = sample::lr_sweep();
  auto other = sample::lr_sweep();
  for (auto& record : other.records) record.context["cpu"] = std::string(150, 'x') + " " + std::string(90, 'y');
  other.records.pop_back();
  other.manifest.arms[0].label = std::string(80, 'n');
  std::istringstream lines(text_of(Changed(store, other)));
  bool label = false;
  for (std::string line; std::getline(lines, line);) {
    if (has(line, "xxx")) continue;  // a word that can't be broken
    INFO(line);
    CHECK(characters(line) <= 100);
    label = label || line == std::string(80, 'n');
  }
  CHECK(label);
}

TEST_CASE("control characters of a label reach neither the terminal nor Markdown") {
  const auto evil = [] {
    auto store = three_norms(2);
    store.manifest.arms[0].label = "norm=\x1b[31m|<b>\nx";
    return store;
  };
  const Changed changes(evil(), evil());
  CHECK(has(text_of(changes), "norm=\\x1b[31m|<b>\\nx"));
  const std::string markdown = changes_markdown(*changes, {"a", "b"});
  CHECK(has(markdown, "norm=\\\\x1b\\[31m\\|&lt;b&gt; x"));
}

TEST_CASE("Markdown has the verdict, what differs and a table") {
  const std::string markdown = changes_markdown(*Changed(three_norms(5), slower(5)), {"results/a", "results/b"});
  INFO(markdown);
  CHECK(markdown.starts_with("**Significant change in 3 of 3 arms (test accuracy, margin 0.2 points)**\n"));
  CHECK(has(markdown, "| train.optimizer.lr | 0.1 \u2192 0.05 |"));
  CHECK(has(markdown, "| norm=layer | "));
}

TEST_CASE("JSON has every number in the metric's own unit") {
  const Json json = changes_json(*Changed(three_norms(5), slower(5)), {"results/a", "results/b"});
  CHECK(json.at("significant") == 3);
  CHECK(json.at("margin") == 0.002);
  const Json& arm = json.at("arms").at(0);
  CHECK(arm.at("verdict") == "lower");
  CHECK(arm.at("basis") == "paired_t_test");
  CHECK(arm.at("change").at("mean").get<double>() == Approx(-0.01).margin(1e-4));
  CHECK(arm.at("change").at("high").get<double>() < 0);
  CHECK(json.at("differences").at("settings") ==
        Json::parse(R"([{"key": "train.optimizer.lr", "a": 0.1, "b": 0.05, "arms": 3}])"));
}

TEST_CASE("a loss has four significant digits and no margin unless one is given") {
  const auto other = three_norms(5, [](store::Record& record) { sample::set(record, "/execution/fused", false); });
  CHECK(text_of(Changed(three_norms(5), other, "test_loss", 0))
            .starts_with("no significant change in 3 arms (test loss, no margin)\n"));
  const std::string text = text_of(Changed(three_norms(5), other, "test_loss", 0.01));
  CHECK(text.starts_with("no significant change in 3 arms (test loss, margin 0.01)\n"));
}

}  // namespace bnexp::report
