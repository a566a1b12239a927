#include "analysis/time_changes.h"

#include <cmath>

#include "analysis/changed_store.h"
#include "support/catch.h"

namespace bnexp::analysis {
namespace {

using sample::Changed;
using sample::three_norms;

void set_seconds(store::Record& record, double factor) {
  record.result.timing["wall_s"] = factor * (10 + static_cast<double>(record.seed));
}

sample::Store timed(double factor, const std::function<void(store::Record&)>& change = {}) {
  return three_norms(4, [=](store::Record& record) {
    set_seconds(record, factor);
    if (change) change(record);
  });
}

}  // namespace

TEST_CASE("times are compared as ratios, paired by seed") {
  const Changed changes(timed(1), timed(1.5));
  CHECK(changes->times.arms.size() == 3);
  CHECK(changes->times.trials == 12);
  CHECK(std::exp(changes->times.log_ratio.mean) == Approx(1.5));
  CHECK(changes->times.arms[0].a.mean == Approx(12.5));
  CHECK_FALSE(changes->times.same_runs);
}

TEST_CASE("times of a busy machine are left out") {
  const Changed changes(timed(1), timed(1.5, [](store::Record& record) {
                          if (record.arm == "norm=layer") {
                            set_seconds(record, 9);
                            record.context["contended"] = true;
                          }
                        }));
  CHECK(changes->times.arms.size() == 2);
  CHECK(changes->times.busy_a == 0);
  CHECK(changes->times.busy_b == 4);
  CHECK(std::exp(changes->times.log_ratio.mean) == Approx(1.5));
}

TEST_CASE("times of unlike machines are not compared, and what differs is named") {
  for (const auto& [key, value, label] : std::vector<std::tuple<std::string, Json, std::string>>{
           {"cpu", "another", "CPU"}, {"cores", 64, "cores"}, {"jobs", 1, "jobs"}, {"threads", 2, "threads"}}) {
    const Changed changes(
        timed(1), timed(1.5, [&, key = key, value = value](store::Record& record) { record.context[key] = value; }));
    CHECK(changes->times.arms.empty());
    CHECK(changes->times.unlike == std::vector<std::string>{label});
  }
}

}  // namespace bnexp::analysis
