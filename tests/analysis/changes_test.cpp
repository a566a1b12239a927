#include "analysis/changes.h"

#include <algorithm>

#include "analysis/changed_store.h"
#include "base/error.h"
#include "support/catch.h"

namespace bnexp::analysis {
namespace {

using sample::Changed;
using sample::three_norms;
using stats::Verdict;

bool all_rest_on(const Changes& changes, Basis basis) {
  return std::ranges::all_of(changes.arms, [&](const ArmChange& arm) { return arm.basis == basis; });
}

bool all_are(const Changes& changes, Verdict verdict) {
  return std::ranges::all_of(changes.arms, [&](const ArmChange& arm) { return arm.verdict == verdict; });
}

// The record's validation accuracy passes 90 % at this line of its history, of 5; each has 860 steps.
void pass_at(store::Record& record, std::size_t line) {
  std::size_t place = 0;
  for (auto& row : record.result.history) row["validation_accuracy"] = place++ < line ? 0.5 : 0.95;
}

void crash(store::Record& record) {
  record.result.status = train::Status::crashed;
  record.result.failure = train::Failure{"the worker was killed by signal 9", std::nullopt, "", "", 9};
  record.result.metrics = Json::object();
}

}  // namespace

TEST_CASE("a store compared with itself has the same bits and no change") {
  const Changed changes(sample::lr_sweep(), sample::lr_sweep());
  CHECK(changes->arms.size() == 8);
  CHECK(all_rest_on(*changes, Basis::same_bits));
  CHECK(changes->bits.trials == 24);
  CHECK(changes->bits.same == 24);
  CHECK(changes->significant() == 0);
  CHECK(changes->tested == 0);
  CHECK(changes->facts.empty());
  CHECK(changes->data_a.empty());
  CHECK(changes->times.same_runs);
  for (const auto& pair : changes->matching.pairs) CHECK(pair.settings.empty());
}

TEST_CASE("one more seed changes nothing: the seeds in common are compared") {
  const Changed changes(three_norms(4), three_norms(5));
  CHECK(changes->bits.trials == 12);
  CHECK(changes->bits.same == 12);
  CHECK(all_rest_on(*changes, Basis::same_bits));
  CHECK(changes->arms[0].shared == 4);
  CHECK(changes->arms[0].a.mean == changes->arms[0].b.mean);
  CHECK(changes->significant() == 0);
}

TEST_CASE("another learning rate that costs a point is a significant change in every arm") {
  const Changed changes(three_norms(5), three_norms(5, [](store::Record& record) {
                          sample::set(record, "/train/optimizer/lr", 0.05);
                          sample::shift(record, -0.01 + sample::seed_noise(record));
                        }));
  CHECK(all_rest_on(*changes, Basis::pairs));
  CHECK(all_are(*changes, Verdict::worse));
  CHECK(changes->significant() == 3);
  CHECK(changes->tested == 3);
  CHECK(changes->bits.same == 0);
  CHECK(changes->bits.other.empty());
  CHECK(changes->arms[0].change.mean == Approx(-0.01).margin(1e-4));
  CHECK(*changes->arms[0].adjusted_p > *changes->arms[0].p);
}

TEST_CASE("other last bits are no change larger than the margin") {
  const Changed changes(three_norms(5), three_norms(5, [](store::Record& record) {
                          sample::set(record, "/execution/fused", false);
                          sample::shift(record, sample::seed_noise(record));
                        }));
  CHECK(all_are(*changes, Verdict::no_difference));
  CHECK(changes->significant() == 0);
}

TEST_CASE("a change is judged by its margin") {
  const auto shifted = three_norms(5, [](store::Record& record) {
    sample::set(record, "/execution/fused", false);
    sample::shift(record, 0.001 + sample::seed_noise(record));
  });
  CHECK(all_are(*Changed(three_norms(5), shifted), Verdict::no_difference));
  CHECK(all_are(*Changed(three_norms(5), shifted, "test_accuracy", 0.0005), Verdict::better));
  CHECK(all_are(*Changed(shifted, three_norms(5), "test_accuracy", 0.0005), Verdict::worse));
}

TEST_CASE("records of one id with other bits are named, and a shift that is the same in every seed decides nothing") {
  const auto shifted = three_norms(5, [](store::Record& record) { sample::shift(record, 0.001); });
  for (const double margin : {0.002, 0.0005}) {
    const Changed changes(three_norms(5), shifted, "test_accuracy", margin);
    CHECK(changes->bits.trials == 15);
    CHECK(changes->bits.same == 0);
    REQUIRE(changes->bits.other.size() == 15);
    CHECK(changes->bits.other[0].fields == std::vector<std::string>{"metrics"});
    CHECK(changes->bits.other[0].trial == shifted.records[0].trial);
    CHECK(all_are(*changes, Verdict::undecided));
    CHECK(changes->arms[0].change.mean == Approx(0.001));
  }
}

TEST_CASE("where the numbers of failed trials differ, the verdict is about the rate") {
  const auto failing = [](std::int64_t seeds) {
    return three_norms(5, [seeds](store::Record& record) {
      if (record.arm == "norm=none" && record.seed <= seeds) crash(record);
    });
  };
  const Changed all(three_norms(5), failing(5));
  CHECK(all->arms[0].basis == Basis::rate);
  CHECK(all->arms[0].failed_b.events == 5);
  CHECK(*all->arms[0].p == Approx(2.0 / 252));  // 5 of 10 in one group of 5
  CHECK(all->arms[0].verdict == Verdict::worse);
  CHECK(all->arms[1].basis == Basis::same_bits);
  CHECK(all->tested == 1);
  CHECK(all->bits.other.empty());  // a crash is not the trial's result
  CHECK(Changed(failing(5), three_norms(5))->arms[0].verdict == Verdict::better);
  const Changed one(three_norms(5), failing(1));
  CHECK(one->arms[0].basis == Basis::rate);
  CHECK(one->arms[0].verdict == Verdict::undecided);
}

TEST_CASE("without seeds in common, all seeds are compared by Welch's test") {
  auto others =
      three_norms(10, [](store::Record& record) { sample::shift(record, record.arm == "norm=layer" ? 0.02 : 0); });
  std::erase_if(others.manifest.trials, [](const auto& trial) { return trial.seed <= 5; });
  const Changed changes(three_norms(5), others);
  CHECK(all_rest_on(*changes, Basis::samples));
  CHECK(changes->arms[0].shared == 0);
  CHECK(changes->arms[0].verdict != Verdict::better);
  CHECK(changes->arms[2].verdict == Verdict::better);
  CHECK(changes->arms[2].change.half > 0.0);
}

TEST_CASE("one seed gives no noise estimate") {
  const Changed changes(
      three_norms(1), three_norms(5, [](store::Record& record) { sample::set(record, "/train/optimizer/lr", 0.05); }));
  CHECK(all_rest_on(*changes, Basis::none));
  CHECK(changes->arms[0].shared == 1);
  CHECK(changes->arms[0].change.n == 1);
  CHECK(changes->significant() == 0);
}

TEST_CASE("facts of machine, versions and data that differ are listed, with the values of both") {
  const Changed changes(three_norms(3), three_norms(3, [](store::Record& record) {
                          record.context["libtorch"] = "2.14.0";
                          record.context["gpu"] = "a GPU";
                          record.context["contended"] = true;
                          record.result.data["test"] = 5000;
                        }));
  REQUIRE(changes->facts.size() == 2);
  CHECK(changes->facts[0].key == "libtorch");
  CHECK(changes->facts[0].a.contains("2.13.0"));
  CHECK(changes->facts[0].b.at("2.14.0") == 9);
  CHECK(changes->facts[1].key == "gpu");
  CHECK(changes->facts[1].a.empty());
  CHECK(changes->data_b.at(0).test == 5000);
}

TEST_CASE("stores without a comparable number are refused with the reason") {
  const auto refusal = [](const sample::Store& a, const sample::Store& b, const std::string& metric) {
    try {
      const Changed changes(a, b, metric);
    } catch (const Error& error) {
      CHECK(error.code() == ExitCode::usage);
      return std::string(error.what()) + " | " + error.hint();
    }
    return std::string("compared");
  };
  CHECK(refusal(sample::lr_sweep(), sample::momentum_sweep(), "test_accuracy").find("no arm in common") !=
        std::string::npos);
  const std::string unknown = refusal(three_norms(2), three_norms(2), "test_acuracy");
  CHECK(unknown.find("no record has the metric 'test_acuracy'") != std::string::npos);
  CHECK(unknown.find("did you mean 'test_accuracy'?") != std::string::npos);
  const auto with_more = three_norms(2, [](store::Record& record) { record.result.metrics["recall"] = 0.5; });
  CHECK(refusal(three_norms(2), with_more, "recall").find("only B has the metric 'recall'") != std::string::npos);
  const std::string near = refusal(three_norms(2), three_norms(2), "steps_to_acuracy");
  CHECK(near.find("did you mean 'steps_to_accuracy'?") != std::string::npos);
  CHECK(near.find("probes.PROBE.KEY[INDEX]") != std::string::npos);
  auto empty = three_norms(2);
  empty.records.clear();
  CHECK(refusal(three_norms(2), empty, "test_accuracy").find("no arm has a trial that ended") != std::string::npos);
}

TEST_CASE("what claims can measure can be compared: derived metrics, and numbers of probes") {
  const auto stores = [](bool slower) {
    return three_norms(5, [=](store::Record& record) {
      pass_at(record, 1 + (slower ? static_cast<std::size_t>(record.seed % 2) : 0));
      record.result.probes["widths"] = {{"values", {1.0, slower ? 2.5 + sample::seed_noise(record) : 2.0}}};
      if (slower) sample::set(record, "/train/optimizer/lr", 0.05);
    });
  };
  const Changed steps(stores(false), stores(true), "steps_to_accuracy", 0);
  CHECK(all_rest_on(*steps, Basis::pairs));
  CHECK(steps->arms[0].a.mean == 2 * 860);
  CHECK(steps->arms[0].change.mean == Approx(3 * 860 / 5.0));
  CHECK(all_are(*Changed(stores(false), stores(true), "probes.widths.values[-1]", 0), Verdict::better));
  const Changed area(stores(false), stores(true), "validation_area", 0);
  CHECK(all_rest_on(*area, Basis::pairs));
  CHECK(area->arms[0].change.mean < -0.05);
}

TEST_CASE("trials that never reach an accuracy are compared by their rate, not left out of the mean") {
  const auto stores = [](std::int64_t never) {
    return three_norms(5, [=](store::Record& record) {
      pass_at(record, record.seed <= never ? 5 : 1 + static_cast<std::size_t>(record.seed % 2));
      sample::set(record, "/train/optimizer/lr", never == 0 ? 0.1 : 0.05);
    });
  };
  const Changed all(stores(0), stores(5), "steps_to_accuracy", 0);
  CHECK(all_rest_on(*all, Basis::rate));
  CHECK(all->arms[0].failed_b.events == 5);
  CHECK(all_are(*all, Verdict::worse));
  CHECK(all->arms[0].b.n == 0);
  CHECK(all_are(*Changed(stores(0), stores(1), "steps_to_accuracy", 0), Verdict::undecided));
}

TEST_CASE("times are compared though the bits are the same") {
  const auto slower = three_norms(
      5, [](store::Record& record) { record.result.timing["train_s"] = 140.0 + static_cast<double>(record.seed); });
  const Changed changes(three_norms(5), slower, "seconds_to_accuracy", 0);
  CHECK(changes->bits.same == 15);
  CHECK(all_are(*changes, Verdict::better));  // higher
}

TEST_CASE("where seeds were added by looking, what decides holds at every look") {
  const auto shifted = [](int seeds, double by) {
    return three_norms(seeds, [=](store::Record& record) {
      sample::set(record, "/train/optimizer/lr", 0.05);
      sample::shift(record, by + 20 * sample::seed_noise(record));
    });
  };
  const auto changed = [&](int seeds, double by, bool looked) {
    return Changed(three_norms(seeds), shifted(seeds, by), "test_accuracy", 0.002, looked);
  };
  const Changed once = changed(6, -0.005, false), often = changed(6, -0.005, true);
  CHECK(all_are(*once, Verdict::worse));
  CHECK(all_are(*often, Verdict::undecided));
  CHECK(*often->arms[0].change.half > *once->arms[0].change.half);
  CHECK(*often->arms[0].p > *once->arms[0].p);
  CHECK(*often->arms[0].adjusted_p == Approx(3 * *often->arms[0].p));
  CHECK(*often->arms[0].further_seeds > 0);
  CHECK(all_are(*changed(9, -0.05, true), Verdict::worse));
  const auto failing = three_norms(5, [](store::Record& record) { crash(record); });
  CHECK(all_are(*Changed(three_norms(5), failing), Verdict::worse));
  CHECK(all_are(*Changed(three_norms(5), failing, "test_accuracy", 0.002, true), Verdict::undecided));
  auto others = three_norms(10, [](store::Record& record) { sample::shift(record, 0.02); });
  std::erase_if(others.manifest.trials, [](const auto& trial) { return trial.seed <= 5; });
  CHECK(all_rest_on(*Changed(three_norms(5), others, "test_accuracy", 0.002, true), Basis::none));
}

TEST_CASE("a store in which every trial failed is compared by its rates") {
  const auto failed = three_norms(5, [](store::Record& record) { sample::diverge(record, 3); });
  const Changed changes(three_norms(5), failed);
  CHECK(all_rest_on(*changes, Basis::rate));
  CHECK(all_are(*changes, Verdict::worse));
  CHECK(Changed(failed, failed)->significant() == 0);
}

}  // namespace bnexp::analysis
