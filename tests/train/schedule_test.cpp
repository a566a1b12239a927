#include "train/schedule.h"

#include <fstream>

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

// scripts/make_fixtures writes the fixture: LinearLR, CosineAnnealingLR and OneCycleLR, for each step.
TEST_CASE("linear, cosine and one_cycle give the rates of PyTorch's schedulers at every step") {
  std::ifstream file(std::string(BNEXP_SOURCE_DIR) + "/tests/train/schedules_pytorch.json");
  REQUIRE(file);
  std::map<std::string, int> cases;
  for (const Json& fixture : Json::parse(file)) {
    const Json& settings = fixture.at("schedule");
    const auto expected = fixture.at("factors").get<std::vector<double>>();
    const auto steps = static_cast<std::int64_t>(expected.size());
    ++cases[settings.at("name")];
    for (std::int64_t step = 0; step < steps; ++step) {
      INFO(settings.dump() << ", step " << step << " of " << steps);
      const double actual = factor(settings.at("name"), step, steps, settings);
      CHECK(actual == Approx(expected[static_cast<std::size_t>(step)]).epsilon(1e-9).margin(1e-12));
    }
  }
  CHECK(cases.size() == 3);
  CHECK(cases["one_cycle"] > 10);
}

TEST_CASE("no step is taken at a rate of 0") {
  for (const char* name : {"linear", "cosine", "one_cycle"}) {
    for (const std::int64_t steps : {1, 2, 10, 101}) {
      INFO(name << ", " << steps << " steps");
      CHECK(factor(name, steps - 1, steps) > 0);
    }
  }
}

TEST_CASE("warm-up rises linearly to the full rate, then the schedule runs over what remains") {
  const Json settings{{"warmup_steps", 10}, {"final_factor", 0}};
  CHECK(factor("linear", 0, 110, settings) == Approx(0.1));
  CHECK(factor("linear", 9, 110, settings) == Approx(1));
  CHECK(factor("linear", 10, 110, settings) == Approx(1));
  CHECK(factor("linear", 60, 110, settings) == Approx(0.5));
  CHECK(factor("linear", 109, 110, settings) == Approx(0.01));
}

}  // namespace
}  // namespace bnexp
