// One claim of each kind, made true, false and open by synthetic records. claims.approved.txt has the answers;
// BNEXP_APPROVE=1 rewrites it.
#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "analysis/analysis.h"
#include "analysis/claim_sample.h"
#include "config/settings/catalog.h"
#include "support/catch.h"

namespace bnexp::analysis {
namespace {

std::string text_of(const ClaimAnswer& one) {
  std::string text = fmt::format("{}: {}", to_string(one.answer.decision), one.answer.why);
  if (one.other) text += fmt::format(" [{}, {}: {}]", one.other_view, to_string(one.other->decision), one.other->why);
  return text;
}

// A claim that the three stores confirm, refute and leave open.
struct Case {
  Json claim;
  sample::Store confirms, refutes, leaves_open;
};

std::vector<Case> cases() {
  std::vector<Case> all;
  const auto two_sides = [](Json claim) {
    claim.update({{"arms", kBatch}, {"against", kNone}});
    return claim;
  };
  all.push_back(
      {two_sides({{"kind", "difference"}, {"at_least", 1}}), store_of(kHigh), store_of(kLow), store_of(kWild)});
  all.push_back(
      {two_sides({{"kind", "no_difference"}, {"margin", 0.5}}), store_of(kSame), store_of(kHigh), store_of(kWild)});
  all.push_back({two_sides({{"kind", "ratio"}, {"metric", kMeasured}, {"at_least", 1.01}}), store_of(kHigh),
                 store_of(kLow), store_of(kWild)});
  all.push_back({two_sides({{"kind", "ratio"}, {"of", "median"}, {"at_most", 0.99}}), store_of(kLow, 7),
                 store_of(kHigh, 7), store_of(kWild, 7)});
  all.push_back(
      {{{"kind", "threshold"}, {"arms", kBatch}, {"at_least", 96}}, store_of(kHigh), store_of(kLow), store_of(kWild)});
  all.push_back({{{"kind", "threshold"}, {"arms", Json::object()}, {"at_least", 94}},
                 store_of(kHigh),
                 store_of(kLow),
                 store_of(kWild)});  // of every arm
  all.push_back({{{"kind", "order"}, {"arms", {kBatch, kNone}}}, store_of(kHigh), store_of(kLow), store_of(kWild)});
  all.push_back({{{"kind", "equality"}, {"arms", kBatch}, {"metric", kMeasured}, {"equals", kTheory}, {"within", 0.01}},
                 store_of(kHigh),
                 store_of(kLow),
                 store_of(kHigh)});
  all.back().leaves_open.records.pop_back();  // a trial of batch is missing

  Case trend{{{"kind", "trend"}, {"arms", kBatch}, {"over", "train.optimizer.lr"}, {"direction", "rising"}},
             store_of(kHigh),
             store_of(kHigh),
             store_of(kWild)};
  const auto shift = [](sample::Store& store, double by) {
    for (auto& record : store.records) {
      double& accuracy = record.result.metrics["test_accuracy"].get_ref<double&>();
      if (record.arm == "norm=batch, lr=0.1") accuracy += by + 0.0005 * static_cast<double>(record.seed);
    }
  };
  shift(trend.confirms, 0.01);
  shift(trend.refutes, -0.01);
  shift(trend.leaves_open, -0.00175);
  all.push_back(std::move(trend));

  Case range{two_sides({{"kind", "usable_range"}, {"at_least", 10}}), store_of(kHigh), store_of(kHigh),
             store_of(kHigh)};
  diverge(range.confirms, "norm=none, lr=0.1", 6);
  diverge(range.refutes, "norm=batch, lr=0.1", 6);
  diverge(range.leaves_open, "norm=none, lr=0.1", 4);
  all.push_back(std::move(range));

  Case rate{{{"kind", "failure_rate"}, {"arms", kBatch}, {"at_least", 0.5}},
            store_of(kHigh),
            store_of(kHigh),
            store_of(kHigh)};
  for (const char* arm : {"norm=batch, lr=0.01", "norm=batch, lr=0.1"}) diverge(rate.confirms, arm, 6);
  diverge(rate.leaves_open, "norm=batch, lr=0.1", 4);
  all.push_back(std::move(rate));

  Case more{two_sides({{"kind", "failure_rate"}}), store_of(kHigh), store_of(kHigh), store_of(kHigh)};
  diverge(more.confirms, "norm=batch, lr=0.1", 6);
  diverge(more.refutes, "norm=none, lr=0.1", 6);
  diverge(more.leaves_open, "norm=none, lr=0.1", 2);
  all.push_back(std::move(more));
  return all;
}

}  // namespace

TEST_CASE("each kind of claim can be confirmed, refuted and left open, and says why") {
  std::string text;
  std::set<std::string> kinds;
  for (const auto& one : cases()) {
    kinds.insert(one.claim.at("kind"));
    const ClaimAnswer confirmed = answer(one.confirms, one.claim), refuted = answer(one.refutes, one.claim),
                      open = answer(one.leaves_open, one.claim);
    INFO(one.claim.dump());
    INFO(text_of(confirmed));
    INFO(text_of(refuted));
    INFO(text_of(open));
    CHECK(confirmed.answer.decision == Decision::confirmed);
    CHECK(refuted.answer.decision == Decision::refuted);
    CHECK(open.answer.decision == Decision::inconclusive);
    text += fmt::format("{}\n", to_line(one.claim));
    for (const auto* each : {&confirmed, &refuted, &open}) text += fmt::format("  {}\n", text_of(*each));
  }
  const auto names = config::Catalog::instance().names("claim");
  CHECK(kinds == std::set<std::string>(names.begin(), names.end()));

  const std::string file = BNEXP_SOURCE_DIR "/tests/analysis/claims.approved.txt";
  if (std::getenv("BNEXP_APPROVE") != nullptr) std::ofstream(file, std::ios::binary) << text;
  std::ifstream stream(file, std::ios::binary);
  CHECK(text == std::string(std::istreambuf_iterator<char>(stream), {}));
}

TEST_CASE("where seeds were added by looking, a claim is decided by what holds at every look") {
  const Looks looks{.first = 3, .most = 9};
  std::size_t sequences = 0;
  for (const auto& one : cases()) {
    INFO(one.claim.dump());
    const Answer fixed = answer(one.confirms, one.claim).answer, looked = answer(one.confirms, one.claim, looks).answer;
    INFO(looked.why);
    const std::string kind = one.claim.at("kind");
    if (one.claim.value("of", "") == "median") {
      CHECK(looked.decision == Decision::inconclusive);
      CHECK(looked.why.ends_with("a median has no interval that holds when seeds are added by looking."));
    } else if (kind == "failure_rate") {
      CHECK(looked.n == 6);  // of each of two arms, those of the first three seeds
      CHECK(looked.why.ends_with("Of each arm its first 3 trials, a number fixed before any look."));
    } else if (kind != "usable_range") {
      ++sequences;
      CHECK(looked.effect == fixed.effect);
      REQUIRE(looked.low.has_value());
      CHECK(*looked.low < *fixed.low);
      CHECK(*looked.high > *fixed.high);
    }
  }
  CHECK(sequences == 8);
}

TEST_CASE("4 seeds are too few for a claim where seeds were added by looking") {
  const Json claim{{"kind", "threshold"}, {"arms", kBatch}, {"at_least", 96}};
  CHECK(answer(store_of(kHigh, 4), claim).answer.decision == Decision::confirmed);
  const Answer looked = answer(store_of(kHigh, 4), claim, Looks{.first = 3, .most = 9}).answer;
  CHECK(looked.decision == Decision::inconclusive);
  CHECK(looked.why.ends_with("in the mean of 4 seeds, too few for an interval that holds at every look."));
}

TEST_CASE("a claim whose answers at equal and at best settings differ gives both") {
  auto store = store_of(kHigh);
  for (auto& record : store.records) {  // without a norm, rate 0.01 is as good as batch, and rate 0.1 is bad
    if (record.arm == "norm=none, lr=0.1") record.result.metrics["test_accuracy"] = 0.9;
    if (record.arm != "norm=none, lr=0.01") continue;
    for (const char* name : {"test_accuracy", "validation_accuracy"}) {
      record.result.metrics[name] = kHigh[static_cast<std::size_t>(record.seed - 1)] / 100;
    }
    record.result.metrics["test_accuracy"] = 0.973 + 0.0002 * static_cast<double>(record.seed);
  }
  const auto one = answer(store, {{"kind", "difference"},
                                  {"arms", {{"norm", {"batch"}}, {"train.optimizer.lr", {0.1}}}},
                                  {"against", {{"norm", {"none"}}, {"train.optimizer.lr", {0.1, 0.01}}}},
                                  {"at_least", 1}});
  CHECK(one.view == "at equal settings");
  CHECK(one.answer.decision == Decision::refuted);
  CHECK_FALSE(one.other.has_value());  // refuted at best settings too
  const auto other = answer(
      store, {{"kind", "difference"}, {"setting", "best"}, {"arms", kBatch}, {"against", kNone}, {"at_least", -2}});
  CHECK(other.view == "each at its best setting");
  CHECK(other.answer.decision == Decision::confirmed);
}

TEST_CASE("an arm allowed to diverge by a claim is as claimed, any other is not") {
  auto store = store_of(kHigh);
  diverge(store, "norm=none, lr=0.1", 6);
  const Results results = gather(store.manifest, store.records);
  Json claim{{"id", "one"}, {"says", "This"}, {"kind", "usable_range"}, {"arms", kBatch}, {"against", kNone}};
  const auto with = decide_claims(Json::array({claim}), {results, {}});
  const auto& arm = results.arms.at(1);
  REQUIRE(arm.trials[0].outcome() == train::Status::diverged);
  CHECK(is_as_claimed(arm.trials[0], arm, with));
  CHECK_FALSE(is_as_claimed(arm.trials[0], arm, {}));
}

TEST_CASE("a claim of a kind that this program lacks is inconclusive and says so") {
  const auto one = answer(store_of(kHigh), {{"kind", "oracle"}});
  CHECK(one.answer.decision == Decision::inconclusive);
  CHECK(one.answer.why.find("no claims of kind 'oracle'") != std::string::npos);
}

}  // namespace bnexp::analysis
