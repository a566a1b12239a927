#include "train/schedule.h"

#include "support/catch.h"
#include "support/trials.h"

namespace bnexp {
namespace {

double factor(const std::string& name, std::int64_t step, std::int64_t steps, const Json& settings = {}) {
  return train::Schedule(tests::variant("schedule", name, settings), steps).factor(step);
}

TEST_CASE("a constant schedule keeps the rate") {
  CHECK(factor("constant", 0, 100) == 1);
  CHECK(factor("constant", 99, 100) == 1);
}

TEST_CASE("linear and cosine schedules fall from 1 to the final factor, half-way at the middle") {
  for (const char* name : {"linear", "cosine"}) {
    INFO(name);
    const Json settings{{"final_factor", 0.2}};
    CHECK(factor(name, 0, 101, settings) == Approx(1));
    CHECK(factor(name, 50, 101, settings) == Approx(0.6));
    CHECK(factor(name, 100, 101, settings) == Approx(0.2));
  }
  CHECK(factor("cosine", 25, 101) == Approx((1 + std::sqrt(0.5)) / 2));
}

TEST_CASE("one cycle starts low, peaks at pct_start and ends far lower") {
  CHECK(factor("one_cycle", 0, 101) == Approx(1.0 / 25));
  CHECK(factor("one_cycle", 30, 101) == Approx(1));
  CHECK(factor("one_cycle", 100, 101) == Approx(1.0 / 25 / 1e4));
}

TEST_CASE("warm-up rises linearly to the full rate, then the schedule runs over what remains") {
  const Json settings{{"warmup_steps", 10}, {"final_factor", 0}};
  CHECK(factor("linear", 0, 111, settings) == Approx(0.1));
  CHECK(factor("linear", 9, 111, settings) == Approx(1));
  CHECK(factor("linear", 10, 111, settings) == Approx(1));
  CHECK(factor("linear", 60, 111, settings) == Approx(0.5));
  CHECK(factor("linear", 110, 111, settings) == Approx(0).margin(1e-12));
}

}  // namespace
}  // namespace bnexp
