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
