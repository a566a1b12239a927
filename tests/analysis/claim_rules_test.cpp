// What claims make of failures, of accuracies that are never reached, and of values that say little.
#include "analysis/analysis.h"
#include "analysis/claim_sample.h"
#include "support/catch.h"

namespace bnexp::analysis {
namespace {

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

Json two_sides(const Json& claim, const Json& arms = kBatch, const Json& against = kNone) {
  Json whole = claim;
  whole.update({{"arms", arms}, {"against", against}});
  return whole;
}

const Json kLowRate{{"train.optimizer.lr", {0.01}}};
Json at_low_rate(const Json& selection) {
  Json both = selection;
  both.update(kLowRate);
  return both;
}

// The trials of an arm whose first `seeds` never reach 90 %.
void never_reach(sample::Store& store, const std::string& arm, std::int64_t seeds) {
  for (auto& record : store.records) {
    if (record.arm != arm || record.seed > seeds) continue;
    for (auto& row : record.result.history) row["validation_accuracy"] = 0.5;
  }
}

}  // namespace

TEST_CASE("failed trials are not left out of a mean that decides a claim") {
  auto store = store_of(kHigh);
  diverge(store, "norm=batch, lr=0.1", 1);
  const auto one = answer(
      store, {{"kind", "difference"}, {"arms", kBatch}, {"against", kNone}, {"at_least", 1}, {"setting", "matched"}});
  CHECK(one.answer.decision == Decision::inconclusive);
  CHECK(one.answer.why.find("1 of 6 trials of norm=batch, lr=0.1 failed") != std::string::npos);
}

TEST_CASE("a usable range that may go on beyond the values tried decides nothing") {
  const Json claim{{"kind", "usable_range"}, {"arms", kBatch}, {"against", kNone}, {"at_least", 10}};
  const auto decision = [&](const std::vector<std::string>& failing, double at_least) {
    auto store = store_of(kHigh);
    for (const auto& arm : failing) diverge(store, arm, 6);
    Json one = claim;
    one["at_least"] = at_least;
    return answer(store, one).answer;
  };
  const std::string none_low = "norm=none, lr=0.01", none_high = "norm=none, lr=0.1", batch_low = "norm=batch, lr=0.01",
                    batch_high = "norm=batch, lr=0.1";
  const Answer both = decision({}, 10);
  CHECK(both.decision == Decision::inconclusive);  // both train at the highest
  CHECK(both.why.ends_with("in 0 of 6 seeds. In 6 seeds it can't be told, because the values tried end too early."));
  CHECK(decision({none_high}, 10).decision == Decision::confirmed);
  CHECK(decision({none_high}, 100).decision == Decision::inconclusive);            // batch may train at 1
  CHECK(decision({none_high, batch_high}, 2).decision == Decision::refuted);       // both end between 0.01 and 0.1
  CHECK(decision({none_low, none_high}, 10).decision == Decision::confirmed);      // none ends below 0.01
  CHECK(decision({none_low, none_high}, 100).decision == Decision::inconclusive);  // perhaps at 0.009
  CHECK(decision({batch_low, batch_high}, 1).decision == Decision::refuted);       // batch below 0.01, none 0.1
  CHECK(decision({none_low, none_high, batch_low, batch_high}, 1).decision == Decision::inconclusive);
}

TEST_CASE("a side without an ok trial has no best setting, and the claim says so") {
  auto store = store_of(kHigh);
  for (const char* arm : {"norm=none, lr=0.01", "norm=none, lr=0.1"}) diverge(store, arm, 6);
  const auto one = answer(
      store, {{"kind", "difference"}, {"arms", kBatch}, {"against", kNone}, {"at_least", 1}, {"setting", "best"}});
  CHECK(one.answer.decision == Decision::inconclusive);
  CHECK(one.answer.why == "No trial of norm=none ended ok.");
  CHECK(one.may_fail.size() == 4);
}

TEST_CASE("equal differences in every seed decide nothing") {
  const auto one = answer(store_of({97}), {{"kind", "threshold"}, {"arms", kBatch}, {"at_least", 96}});
  CHECK(one.answer.decision == Decision::inconclusive);
}

TEST_CASE("where failures differ, they decide a claim, as far as they can") {
  auto store = store_of(kHigh);
  diverge(store, "norm=none, lr=0.01", 6);
  const auto decided = [&](const Json& claim, bool turned = false) {
    const Json batch = at_low_rate(kBatch), none = at_low_rate(kNone);
    return answer(store, two_sides(claim, turned ? none : batch, turned ? batch : none)).answer;
  };
  const Answer ahead = decided({{"kind", "difference"}, {"at_least", 0}});
  CHECK(ahead.decision == Decision::confirmed);
  CHECK(contains(ahead.why, "0 of 6 trials of norm=batch, lr=0.01 failed against 6 of 6 trials of norm=none, lr=0.01"));
  CHECK(contains(ahead.why, "Fisher's exact test, p = 0.0022"));
  CHECK(decided({{"kind", "difference"}, {"at_least", 0}}, true).decision == Decision::refuted);
  const Answer far = decided({{"kind", "difference"}, {"at_least", 3}});
  CHECK(far.decision == Decision::inconclusive);
  CHECK(far.why.ends_with("They don't say by how much the other is ahead."));
  CHECK(decided({{"kind", "difference"}, {"at_least", 3}}, true).decision == Decision::refuted);
  CHECK(decided({{"kind", "no_difference"}, {"margin", 5}}).decision == Decision::refuted);
  CHECK(decided({{"kind", "ratio"}, {"at_least", 1}}).decision == Decision::confirmed);
  CHECK(decided({{"kind", "ratio"}, {"metric", "test_loss"}, {"at_most", 1}}).decision == Decision::confirmed);
  const auto ordered = answer(store, {{"kind", "order"}, {"arms", {at_low_rate(kBatch), at_low_rate(kNone)}}});
  CHECK(ordered.answer.decision == Decision::confirmed);
}

TEST_CASE("failures decide nothing about a number of a probe, of which none is the worst") {
  auto store = store_of(kHigh);
  diverge(store, "norm=none, lr=0.01", 6);
  for (const Json& claim : {Json{{"kind", "difference"}, {"at_least", 0}}, Json{{"kind", "ratio"}, {"at_least", 1}},
                            Json{{"kind", "no_difference"}, {"margin", 5}}}) {
    Json of_probe = two_sides(claim, at_low_rate(kBatch), at_low_rate(kNone));
    of_probe["metric"] = kMeasured;
    const Answer one = answer(store, of_probe).answer;
    CHECK(one.decision == Decision::inconclusive);
    CHECK(one.why.ends_with("so the numbers of the others decide nothing."));
  }
}

TEST_CASE("arms that fail equally often are compared by their other trials") {
  auto store = store_of(kHigh);
  diverge(store, "norm=none, lr=0.01", 2);
  diverge(store, "norm=batch, lr=0.01", 2);
  const Answer one =
      answer(store, two_sides({{"kind", "difference"}, {"at_least", 1}}, at_low_rate(kBatch), at_low_rate(kNone)))
          .answer;
  CHECK(one.decision == Decision::confirmed);
  CHECK(one.n == 4);
  CHECK(one.why.ends_with("Of the trials that ended ok."));
}

TEST_CASE("a failed trial counts as an accuracy of 0 at a threshold") {
  auto store = store_of(kHigh);
  diverge(store, "norm=batch, lr=0.01", 6);
  const Json arm = at_low_rate(kBatch);
  const auto decided = [&](const Json& claim) {
    Json whole{{"kind", "threshold"}, {"arms", arm}};
    whole.update(claim);
    return answer(store, whole).answer;
  };
  CHECK(decided({{"at_most", 12}}).decision == Decision::confirmed);
  const Answer above = decided({{"at_least", 85}});
  CHECK(above.decision == Decision::refuted);
  CHECK(above.why == "All 6 trials of norm=batch, lr=0.01 failed, which counts as the worst test accuracy.");
  CHECK(decided({{"at_least", 85}, {"setting", "best"}}).decision == Decision::refuted);
  CHECK(decided({{"at_most", 1}, {"metric", "test_loss"}}).decision == Decision::inconclusive);

  store = store_of({11, 10, 12, 10, 9, 10});
  diverge(store, "norm=batch, lr=0.01", 3);
  const Answer some = decided({{"at_most", 20}});
  CHECK(some.decision == Decision::confirmed);
  CHECK(some.n == 6);
  CHECK(some.why.ends_with("3 of 6 trials of norm=batch, lr=0.01 failed and count as 0 %."));
}

TEST_CASE("a claim that every trial fails, or none, is about the trials that were made") {
  auto store = store_of(kHigh);
  const auto decided = [&](const char* bound, int share) {
    return answer(store, {{"kind", "failure_rate"}, {"arms", at_low_rate(kBatch)}, {bound, share}}).answer.decision;
  };
  CHECK(decided("at_most", 0) == Decision::confirmed);
  diverge(store, "norm=batch, lr=0.01", 5);
  CHECK(decided("at_least", 1) != Decision::confirmed);
  diverge(store, "norm=batch, lr=0.01", 6);
  CHECK(decided("at_least", 1) == Decision::confirmed);
  CHECK(decided("at_most", 0) == Decision::refuted);
}

TEST_CASE("seeds that never reach an accuracy count against their arm") {
  auto store = store_of(kHigh);
  never_reach(store, "norm=none, lr=0.01", 6);
  const auto decided = [&](Json claim) {
    claim["metric"] = "steps_to_accuracy";
    return answer(store, two_sides(claim, at_low_rate(kBatch), at_low_rate(kNone))).answer;
  };
  const Answer sooner = decided({{"kind", "difference"}, {"at_most", 0}});
  CHECK(sooner.decision == Decision::confirmed);
  CHECK(contains(sooner.why, "6 of 6 trials of norm=none, lr=0.01 (Fisher's exact test"));
  CHECK(decided({{"kind", "ratio"}, {"at_most", 1}}).decision == Decision::confirmed);
  CHECK(decided({{"kind", "ratio"}, {"at_most", 0.5}}).decision == Decision::inconclusive);  // by how much is unknown
  const Answer median = decided({{"kind", "ratio"}, {"of", "median"}, {"at_most", 0.5}});
  CHECK(median.decision == Decision::confirmed);  // every ratio is 0

  store = store_of(kHigh);
  never_reach(store, "norm=none, lr=0.01", 2);  // 2 of 6 are seed noise
  CHECK(decided({{"kind", "difference"}, {"at_most", 0}}).decision == Decision::inconclusive);
}

TEST_CASE("a median takes failed trials as the worst, and two of them as any ratio") {
  auto store = store_of(kHigh, 7);
  const Json claim{{"kind", "ratio"}, {"of", "median"}, {"at_least", 1.01}};
  const auto decided = [&] { return answer(store, two_sides(claim, at_low_rate(kBatch), at_low_rate(kNone))).answer; };
  CHECK(decided().decision == Decision::confirmed);
  diverge(store, "norm=batch, lr=0.01", 1);
  CHECK(decided().decision == Decision::inconclusive);  // the lowest of 7 ratios is 0
  CHECK(decided().effect > 1);
  diverge(store, "norm=none, lr=0.01", 4);
  diverge(store, "norm=batch, lr=0.01", 4);
  CHECK(contains(decided().why, "the median can't be told"));
}

TEST_CASE("an order of arms that differ in something else, too, says so") {
  const Json batch_low = at_low_rate(kBatch);
  const Json none_high{{"norm", {"none"}}, {"train.optimizer.lr", {5}}};
  const auto one = answer(store_of(kHigh), {{"kind", "order"}, {"arms", {batch_low, none_high}}});
  CHECK(one.answer.decision == Decision::inconclusive);
  CHECK(one.answer.why ==
        "No arms of norm=batch, train.optimizer.lr=0.01 and norm=none, train.optimizer.lr=5 differ in nothing else.");
}

TEST_CASE("deviations of two arms do not cancel in an equality") {
  auto store = store_of({97.1, 96.9, 97.05, 96.95, 97, 97.02});
  const Json claim{
      {"kind", "equality"}, {"arms", kBatch}, {"metric", kMeasured}, {"equals", kTheory}, {"within", 0.01}};
  CHECK(answer(store, claim).answer.decision == Decision::confirmed);
  for (auto& record : store.records) {
    double& measured = record.result.probes["running_stats"]["law"]["std_mean"][1].get_ref<double&>();
    measured += record.arm == "norm=batch, lr=0.01" ? 5 : -5;
  }
  const Answer apart = answer(store, claim).answer;
  CHECK(apart.decision == Decision::refuted);
  CHECK(contains(apart.why, "mean relative difference of norm=batch, lr=0.01: 5.1"));
}

TEST_CASE("a range says where values train in every seed, and in how many seeds none does") {
  auto store = store_of(kHigh);
  for (const char* arm : {"norm=none, lr=0.01", "norm=none, lr=0.1"}) diverge(store, arm, 2);
  const Json claim = two_sides({{"kind", "usable_range"}, {"at_least", 10}});
  const Answer some = answer(store, claim).answer;
  CHECK(
      some.why.starts_with("norm=batch trains up to 0.1 (the highest tried) in every seed, and norm=none trains at no "
                           "value tried in 2 of 6 seeds;"));
  for (const char* arm : {"norm=none, lr=0.01", "norm=none, lr=0.1"}) diverge(store, arm, 6);
  CHECK(contains(answer(store, claim).answer.why, "and norm=none trains at no value tried; at least 10 times"));
}

TEST_CASE("a trend over one of the keys of a zip is decided") {
  std::vector<store::Manifest::Arm> arms;
  for (const int size : {8, 64, 16}) {
    const Json values{{"train.batch_size", size}, {"train.optimizer.lr", 0.001 * size}};
    const Json train{{"batch_size", size}, {"optimizer", {{"name", "sgd"}, {"lr", 0.001 * size}}}};
    arms.push_back({"batch_size=" + std::to_string(size), values, {{"train", train}}, nullptr});
  }
  auto store = sample::planned("zip", "?", {"train.batch_size", "train.optimizer.lr"}, arms, 6);
  store.manifest.zipped = {"train.batch_size", "train.optimizer.lr"};
  for (auto& record : store.records) {
    const double size = record.arm == "batch_size=8" ? 8 : record.arm == "batch_size=16" ? 16 : 64;
    record.result.metrics["test_accuracy"] = 0.9 + 0.001 * size + 0.0001 * static_cast<double>(record.seed % 3) * size;
  }
  const Json claim{{"kind", "trend"}, {"over", "train.batch_size"}, {"direction", "rising"}};
  const Answer rising = answer(store, claim).answer;
  INFO(rising.why);
  CHECK(rising.decision == Decision::confirmed);
}

}  // namespace bnexp::analysis
