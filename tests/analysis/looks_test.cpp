#include "analysis/looks.h"

#include <fmt/format.h>

#include "analysis/comparisons.h"
#include "analysis/sample.h"
#include "support/catch.h"

namespace bnexp::analysis {
namespace {

// norm none, batch and layer. In points against none, by seed: batch `batch`, layer `layer`.
sample::Store store_of(const std::vector<double>& batch, const std::vector<double>& layer) {
  std::vector<store::Manifest::Arm> arms;
  for (const char* norm : {"none", "batch", "layer"}) {
    arms.push_back({std::string("norm=") + norm, {{"norm", norm}}, {{"norm", {{"name", norm}}}}, nullptr});
  }
  auto store = sample::planned("looks", "?", {"norm"}, arms, static_cast<int>(batch.size()));
  for (auto& record : store.records) {
    const auto place = static_cast<std::size_t>(record.seed - 1);
    const double more = record.arm == "norm=batch" ? batch[place] : record.arm == "norm=layer" ? layer[place] : 0;
    record.result.metrics["test_accuracy"] = (95 + more) / 100;
  }
  return store;
}

Comparisons compared(const sample::Store& store, const Looks& looks) {
  return compare(gather(store.manifest, store.records), {}, {}, looks);
}

}  // namespace

TEST_CASE("a clear difference is decided at the first look that can, an unclear one takes another seed") {
  const auto store = store_of({2, 2.1, 1.9, 2, 2.05, 1.95, 2, 2.1}, {0.5, -0.6, 0.1, 0.9, -0.8, 0.4, -0.2, 0.3});
  const Comparisons all = compared(store, {.first = 3, .most = 10});
  REQUIRE(all.matched.size() == 2);
  CHECK(all.matched[0].statistics.verdict == stats::Verdict::better);
  CHECK(all.matched[0].statistics.difference.n < 8);  // decided before the last seed, which changes nothing
  CHECK(all.matched[1].statistics.verdict == stats::Verdict::undecided);
  CHECK(all.matched[1].looks == 6);
  // none and layer need a ninth seed; batch doesn't.
  CHECK(all.seeds_needed == std::vector<std::size_t>{9, 8, 9});
}

TEST_CASE("no seed is added beyond the most") {
  const auto store = store_of({0.5, -0.6, 0.1, 0.9}, {0.5, -0.6, 0.1, 0.9});
  CHECK(compared(store, {.first = 3, .most = 4}).seeds_needed == std::vector<std::size_t>{4, 4, 4});
}

TEST_CASE("the decision is the one of its look, whatever seeds came later for the sake of others") {
  const std::vector<double> early{2, 2.1, 1.9, 2, 2.05, 1.95, 2, 2.1};
  std::vector<double> later = early;
  for (int i = 0; i < 3; ++i) later.push_back(-5);
  const auto before = compared(store_of(early, early), {.first = 5, .most = 20});
  const auto after = compared(store_of(later, later), {.first = 5, .most = 20});
  REQUIRE(before.matched[0].statistics.verdict == stats::Verdict::better);
  CHECK(after.matched[0].statistics.verdict == stats::Verdict::better);
  CHECK(after.matched[0].statistics.difference.mean == before.matched[0].statistics.difference.mean);
}

// layer is as none is; batch fails in the first seeds, `failed` of them, and is ok in the others.
sample::Store failing(std::size_t seeds, std::int64_t failed) {
  auto store = store_of(std::vector<double>(seeds, 0), std::vector<double>(seeds, 0));
  for (auto& record : store.records) {
    if (record.arm == "norm=batch" && record.seed <= failed) sample::diverge(record, 3);
  }
  return store;
}

TEST_CASE("a comparison whose failures differ takes seeds until the failures decide it") {
  const Looks looks{.first = 3, .most = 12};
  const Comparisons early = compared(failing(3, 3), looks);
  CHECK(early.matched[0].by_failures);
  CHECK(early.matched[0].statistics.verdict == stats::Verdict::undecided);
  CHECK(early.seeds_needed == std::vector<std::size_t>{4, 4, 4});

  const Comparisons late = compared(failing(12, 12), looks);
  const Compared& batch = late.matched[0];
  CHECK(batch.statistics.verdict == stats::Verdict::worse);
  CHECK(batch.failures.n == 8);  // of the look that decided: with two comparisons, E must reach 40
  CHECK(batch.failures.events == 8);
  CHECK(batch.baseline_failures.events == 0);
  CHECK(*batch.statistics.p == Approx(1 / 50.2734375));
  CHECK(*batch.statistics.adjusted_p == Approx(2 / 50.2734375));
}

TEST_CASE("one failed trial leaves a comparison open until --max-seeds") {
  const Comparisons all = compared(failing(5, 1), {.first = 3, .most = 6});
  CHECK(all.matched[0].by_failures);
  CHECK(*all.matched[0].statistics.p == 1);
  CHECK(all.matched[0].statistics.difference.n == 4);
  CHECK(all.seeds_needed == std::vector<std::size_t>{6, 6, 6});
  CHECK(compared(failing(6, 1), {.first = 3, .most = 6}).seeds_needed == std::vector<std::size_t>{6, 6, 6});
}

TEST_CASE("where both arms failed equally often, the seeds at which neither did decide") {
  auto store = store_of({2, 2.1, 1.9, 2, 2.05, 1.95, 2, 2.1, 2}, std::vector<double>(9, 0));
  for (auto& record : store.records) {
    if (record.arm != "norm=layer" && record.seed == 2) sample::diverge(record, 3);
  }
  const Compared batch = compared(store, {.first = 3, .most = 9}).matched[0];
  CHECK_FALSE(batch.by_failures);
  CHECK(batch.statistics.verdict == stats::Verdict::better);
  CHECK(batch.failures.events == 1);
  CHECK(batch.failures.n == batch.statistics.difference.n + 1);
}

TEST_CASE("each at its best setting is looked at, too, and takes no seeds for itself") {
  auto store = sample::norms_at_rates("looks", 6);
  for (auto& record : store.records) {  // batch is best at 0.1, none at 0.01, and better there than batch
    const double more = record.arm == "norm=batch, lr=0.1" ? 2 : record.arm == "norm=none, lr=0.01" ? 3 : 0;
    for (const char* name : {"test_accuracy", "validation_accuracy"}) {
      record.result.metrics[name] = (95 + more + (more == 2 ? 0.01 * static_cast<double>(record.seed) : 0)) / 100;
    }
  }
  const Results results = gather(store.manifest, store.records);
  const Comparisons all = compare(results, {}, {}, Looks{.first = 6, .most = 9});
  REQUIRE(all.best.size() == 1);
  const Compared& best = all.best[0];
  CHECK(best.arm->label == "norm=batch, lr=0.1");
  CHECK(best.base->label == "norm=none, lr=0.01");
  CHECK(best.statistics.verdict == stats::Verdict::worse);
  const Looked looked = look(best, all.metric, all.margin, *all.looks, 1);
  CHECK(best.statistics.difference.half == looked.difference.half);  // a confidence sequence
  CHECK(best.statistics.p == looked.p);
  // At equal settings, lr=0.01 differs equally in each seed and stays open, lr=0.1 is decided.
  CHECK(all.seeds_needed == std::vector<std::size_t>{7, 6, 7, 6});
}

TEST_CASE("differences that are equal but for the rounding of decimals decide nothing") {
  auto store = store_of(std::vector<double>(8, 0), std::vector<double>(8, 0));
  for (auto& record : store.records) {  // each seed has another level, and batch one point more
    const double percent = 90 + static_cast<double>(record.seed) + (record.arm == "norm=batch" ? 1 : 0);
    record.result.metrics["test_accuracy"] = percent / 100;
  }
  const Comparisons all = compared(store, {.first = 3, .most = 9});
  CHECK(all.matched[0].statistics.difference.half == 0);
  CHECK(all.matched[0].statistics.verdict == stats::Verdict::undecided);
  CHECK(all.seeds_needed == std::vector<std::size_t>{9, 9, 9});
}

TEST_CASE("a suite of one seed is first looked at with the third") {
  const std::vector<double> unclear{0.5, -0.6, 0.1, 0.9};
  const Looks looks{.first = 1, .most = 9};
  for (const std::size_t seeds : {1, 2, 3, 4}) {
    const std::vector<double> some(unclear.begin(), unclear.begin() + static_cast<std::ptrdiff_t>(seeds));
    const Comparisons all = compared(store_of(some, some), looks);
    CHECK(all.matched[0].looks == (seeds < 3 ? 0 : seeds - 2));
    CHECK(all.seeds_needed == std::vector<std::size_t>(3, seeds + 1));
  }
}

}  // namespace bnexp::analysis
