// Batch norm in a recurrence, each step with its own statistics, against closed forms.
#include "norm/batch_family.h"

namespace bnexp {
namespace {

using namespace family;
using norm::Slot;

TEST_CASE("recurrent batch norm tracks each step apart and shares gamma") {
  Slot slot{"norm_c", 6, {}};
  slot.steps = 3;
  slot.after_layer = false;
  const auto norm = make("recurrent_batch", slot, {{"momentum", 1.0}});
  const torch::Tensor x = sample(kVector);
  for (std::int64_t t = 0; t < 5; ++t) {
    norm->at_step(t);
    norm->forward(x + static_cast<double>(t));
  }
  const torch::Tensor means = norm->named_buffers()["running_mean"];
  REQUIRE(means.sizes() == std::vector<std::int64_t>{3, 6});
  CHECK(largest(means[0], x.mean(0)) < 1e-12);
  CHECK(largest(means[1], x.mean(0) + 1) < 1e-12);
  CHECK(largest(means[2], x.mean(0) + 4) < 1e-12);  // steps past the last use the last row
  norm->eval();
  norm->at_step(1);
  const torch::Tensor gamma = norm->named_parameters()["weight"];
  REQUIRE(gamma.sizes() == std::vector<std::int64_t>{6});
  CHECK(largest(gamma, torch::full({6}, 0.1, torch::kDouble)) < 1e-8);
  const torch::Tensor expected = gamma * (x - means[1]) / (norm->named_buffers()["running_var"][1] + 1e-5).sqrt();
  CHECK(largest(norm->forward(x), expected) < 1e-12);
}

TEST_CASE("recurrent batch norm with shared statistics has one row, which every step moves") {
  Slot slot{"norm_h", 6, {}, "", /*after_layer=*/true, /*steps=*/3};
  const auto norm = make("recurrent_batch", slot, {{"statistics", "shared"}, {"momentum", 0.5}});
  const torch::Tensor x = sample(kVector);
  for (std::int64_t t = 0; t < 3; ++t) {
    norm->at_step(t);
    norm->forward(x + static_cast<double>(t));
  }
  const torch::Tensor means = norm->named_buffers()["running_mean"];
  REQUIRE(means.sizes() == std::vector<std::int64_t>{1, 6});
  // Weights 1/8, 1/4 and 1/2 on x, x + 1 and x + 2.
  CHECK(largest(means[0], 0.875 * x.mean(0) + 0.25 + 1.0) < 1e-12);
  norm->eval();
  const auto frozen = norm->frozen();
  REQUIRE(frozen.has_value());
  CHECK(largest(norm->forward(x), x * frozen->scale + frozen->shift) < 1e-12);
}

TEST_CASE("recurrent batch norm stands in recurrences alone") {
  CHECK(norm::check(config::default_variant("norm", "recurrent_batch"), kVector).find("recurrence") !=
        std::string::npos);
}

}  // namespace
}  // namespace bnexp
