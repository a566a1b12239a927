// bnexp's training against PyTorch's, step by step, from the same weights and batches. scripts/compare_pytorch writes
// the fixture from PyTorch itself.
#include <fstream>

#include "support/catch.h"
#include "support/trials.h"

namespace bnexp {
namespace {

TEST_CASE("the first 50 losses are PyTorch's within 1e-4, relative") {
  std::ifstream file(std::string(BNEXP_SOURCE_DIR) + "/tests/train/parity_pytorch.json");
  REQUIRE(file);
  const Json fixture = Json::parse(file);
  const auto spec = config::from_json<config::TrialSpec>(fixture.at("settings"));
  REQUIRE(spec.model.name == "convnet");
  REQUIRE(spec.norm.name == "batch");
  const train::TrialResult result = tests::run(spec);
  REQUIRE(result.status == train::Status::ok);
  const Json& actual = result.probes.at("loss_curve").at("loss");
  const Json& expected = fixture.at("losses");
  REQUIRE(expected.size() == 50);
  REQUIRE(actual.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    INFO("step " << i + 1);
    CHECK(actual[i].get<double>() == Approx(expected[i].get<double>()).epsilon(1e-4));
  }
}

}  // namespace
}  // namespace bnexp
