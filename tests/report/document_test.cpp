// What a report says about its numbers.
#include "report/document.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "analysis/sample.h"
#include "report/claim_words.h"
#include "report/report.h"
#include "report/verdicts.h"
#include "report/words.h"
#include "support/catch.h"

namespace bnexp::report {
namespace {

std::string markdown(const sample::Store& store) {
  const auto all = analysis::analyze(analysis::gather(store.manifest, store.records));
  return build(document_of(all, "results"), BNEXP_REPORT_ASSETS).at("report.md");
}

}  // namespace

TEST_CASE("a number has no more digits than anyone reads") {
  CHECK(fixed(0.12345, 4) == "0.1235");
  CHECK(fixed(25098.6069, 4) == "25098.61");
  CHECK(with_sign(-1079808.9483, 4) == "\u22121079809");
  CHECK(fixed(1.2345e33, 4) == "1.234e+33");
  CHECK(fixed(-std::numeric_limits<double>::infinity(), 2) == "\u2212inf");
  CHECK(fixed(std::nextafter(1e7, 0), 2) == "1.000e+07");
  CHECK(fixed(10, 2) == "10.00");
}

TEST_CASE("trials that were measured once, at their end, say nothing about how fast they learned") {
  auto store = sample::norm_compare();
  for (auto& record : store.records) record.result.history = Json::array({record.result.history.back()});
  const std::string text = markdown(store);
  CHECK(text.find("Each trial was measured once, at its end") != std::string::npos);
  CHECK(text.find("| steps to") == std::string::npos);
  CHECK(text.find("worst training loss") == std::string::npos);
  CHECK(text.find("final training loss") != std::string::npos);
}

TEST_CASE("the noise of the test images stands beside that of the seeds in every report with an accuracy") {
  const auto one = sample::planned("one", "How accurate?", {}, {{"all", Json::object()}}, 3);
  const std::string text = markdown(one);
  CHECK(text.find("The 10000 test images are a second source of noise, which seeds don't show: at ") !=
        std::string::npos);
  CHECK(text.find("; the seeds' standard deviation there is ") != std::string::npos);
  auto single = one;
  std::erase_if(single.manifest.trials, [](const auto& trial) { return trial.seed != 1; });
  CHECK(markdown(single).find("are a second source of noise") != std::string::npos);
  CHECK(markdown(single).find("the seeds' standard deviation") == std::string::npos);
}

TEST_CASE("each at its best setting, an arm is named with it, and steps have no more digits than they need") {
  const auto store = sample::lr_sweep();
  const config::CompareSpec compare{
      .baseline = Json::parse(R"({"train.optimizer.lr": [0.1]})"), .metric = "steps_to_accuracy", .margin = 1};
  const auto all = analysis::analyze(analysis::gather(store.manifest, store.records),
                                     {.thresholds = {}, .compare = compare, .claims = {}, .looks = {}});
  const Document document = document_of(all, "results");
  const auto best = std::ranges::find(document.sections, "comparisons-best", &Section::id);
  REQUIRE(best != document.sections.end());
  const std::string table = markdown_table(best->table);
  CHECK(table.find("norm=batch, lr=0.01 against norm=batch, lr=0.1") != std::string::npos);
  CHECK(table.find(".0000") == std::string::npos);
  CHECK(comparison_sentence(all).starts_with(
      "Compared with lr=0.1, each at its best setting (steps to 90 % validation accuracy, margin 1 step)."));
}

TEST_CASE("a metric is called as the tables call it") {
  const auto words = [](const char* name) { return analysis::Metric(name, {.chance = 0.1, .trains = 0.85}).words(); };
  CHECK(words("steps_to_accuracy") == "steps to 85 % validation accuracy");
  CHECK(words("seconds_to_accuracy") == "seconds to 85 % validation accuracy");
  const std::string text = markdown(sample::norm_compare());
  for (const char* name : {"validation_area", "train_loss", "worst_loss", "test_loss", "test_accuracy"})
    CHECK(text.find("| " + words(name)) != std::string::npos);
}

TEST_CASE("a single arm is not compared with the best one, nor a single seed with a test") {
  const auto one = sample::planned("one", "How accurate?", {}, {{"all", Json::object()}}, 3);
  CHECK(markdown(one).find("vs best") == std::string::npos);
  CHECK(markdown(one).find("tell the arm from the best") == std::string::npos);
  auto seed = sample::norm_compare();
  std::erase_if(seed.manifest.trials, [](const auto& trial) { return trial.seed != 1; });
  const std::string text = markdown(seed);
  CHECK(text.find("vs best") != std::string::npos);
  CHECK(text.find("Undecided (one seed): norm=batch (") != std::string::npos);
  CHECK(text.find("Without two seeds in common there is no interval and no p.") != std::string::npos);
  CHECK(text.find("Student's t test") == std::string::npos);
}

TEST_CASE("a best setting is said to be chosen by validation accuracy only where there is one") {
  auto store = sample::lr_sweep();
  const std::string by_validation = "The best setting of an arm is chosen by validation accuracy.";
  CHECK(markdown(store).find(by_validation) != std::string::npos);
  for (auto& record : store.records) record.result.metrics.erase("validation_accuracy");
  const std::string text = markdown(store);
  CHECK(text.find(by_validation) == std::string::npos);
  CHECK(text.find("chosen by test accuracy where a record has no validation accuracy") != std::string::npos);
}

TEST_CASE("a drift has no number where no trial was followed to its end") {
  const std::string text = markdown(sample::lr_sweep());
  CHECK(text.find("| norm1 | norm=none, lr=1 | train | after | – | 0 |") != std::string::npos);
  CHECK(text.find("\u2013 where no trial ended ok") != std::string::npos);
}

TEST_CASE("a claim whose two views differ has a row for each in the table and a line for each in the terminal") {
  analysis::ClaimAnswer claim;
  claim.id = "wider";
  claim.says = "Batch is better";
  claim.answer = {.decision = analysis::Decision::confirmed,
                  .why = "better.",
                  .unit = "points",
                  .effect = -1.25,
                  .low = -2,
                  .high = -0.5,
                  .n = 5};
  CHECK(claims_table({claim}).columns.size() == 6);
  CHECK(claim_lines(claim) == "confirmed     wider: better.\n");
  claim.view = "at equal settings";
  claim.other = analysis::Answer{.decision = analysis::Decision::refuted, .why = "worse."};
  claim.other_view = "each at its best setting";
  CHECK(claim_lines(claim) ==
        "confirmed     wider: at equal settings: better.\nrefuted       wider: each at its best setting: worse.\n");
  const std::string table = markdown_table(claims_table({claim}));
  CHECK(table.find("| confirmed | Batch is better | at equal settings | −1.25 points | −2.00 to −0.50 | 5 |") !=
        std::string::npos);
  CHECK(table.find("| refuted | Batch is better | each at its best setting | – | – | 0 |") != std::string::npos);
}

TEST_CASE("a report says what its intervals mean where seeds were added by looking") {
  const auto sample = sample::lr_sweep();
  const auto about = [&](const std::optional<analysis::Looks>& looks, const std::string& id) {
    const auto all = analysis::analyze(analysis::gather(sample.manifest, sample.records),
                                       {.thresholds = {}, .compare = {}, .claims = {}, .looks = looks});
    const Document document = document_of(all, "results");
    const auto section = std::ranges::find(document.sections, id, &Section::id);
    REQUIRE(section != document.sections.end());
    std::string text = section->about;
    for (const auto& row : section->table.rows) {
      for (const auto& cell : row) text += " | " + cell.text;
    }
    return text;
  };
  const analysis::Looks looks{.first = 1, .most = 9};
  for (const char* id : {"comparisons", "comparisons-best"}) {
    CHECK(about({}, id).find("Seeds were added") == std::string::npos);
    CHECK(about(looks, id).find("Seeds were added one at a time from 1 on, at most to 9, and looked at each time from "
                                "the 3rd seed on, until") != std::string::npos);
    CHECK(about(analysis::Looks{.first = 4, .most = 9}, id).find("looked at each time, until") != std::string::npos);
  }
  CHECK(about({}, "comparisons").find("Fisher's exact test") != std::string::npos);
  CHECK(about(looks, "comparisons").find("Fisher") == std::string::npos);
  CHECK(about(looks, "comparisons-best").find("for the sake of the comparisons at equal settings") !=
        std::string::npos);
  CHECK(about({}, "arms-section").find("confidence sequences") == std::string::npos);
  CHECK(about(looks, "arms-section").find("confidence sequences, which hold at every look") != std::string::npos);
  const auto ties = [&](const std::optional<analysis::Looks>& of) {
    const std::string text = about(of, "arms-section");
    std::size_t count = 0;
    for (std::size_t at = text.find(" \u2248 |"); at != std::string::npos; at = text.find(" \u2248 |", at + 1)) ++count;
    return count;
  };
  CHECK(ties(looks) > ties({}));  // three seeds have no confidence sequence, so they tell no arm from the best
}

TEST_CASE("a comparison of times to an accuracy is about who reaches it, where that differs") {
  auto store = sample::norms_at_rates("reach", 6);
  for (auto& record : store.records) {
    for (auto& row : record.result.history) {
      row["validation_accuracy"] = record.arm.starts_with("norm=batch") ? 0.95 : 0.5;
    }
  }
  config::CompareSpec compare;
  compare.metric = "steps_to_accuracy";
  const auto all = analysis::analyze(analysis::gather(store.manifest, store.records),
                                     {.thresholds = {}, .compare = compare, .claims = {}, .looks = {}});
  const std::string text = build(document_of(all, "results"), BNEXP_REPORT_ASSETS).at("report.md");
  CHECK(text.find("more trials reach the accuracy") != std::string::npos);
  CHECK(text.find("fewer trials fail") == std::string::npos);
  CHECK(text.find("| not reached |") != std::string::npos);
}

}  // namespace bnexp::report
