#include "train/finite.h"

#include <limits>

#include "config/settings/catalog.h"
#include "support/catch.h"

namespace bnexp {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

std::shared_ptr<model::Model> small_model() {
  config::Variant mlp = config::default_variant("model", "mlp");
  mlp.settings["widths"] = {8, 8};
  auto model = model::make(mlp, {}, config::default_variant("norm", "batch"));
  model::initialize(*model, 1);
  return model;
}

void poison(const torch::Tensor& tensor, float value) {
  const torch::NoGradGuard no_grad;
  tensor.flatten()[tensor.numel() - 1].fill_(value);
}

TEST_CASE("a single NaN or infinity is seen wherever it is") {
  for (const float bad : {kInfinity, -kInfinity, std::numeric_limits<float>::quiet_NaN()}) {
    for (const std::int64_t place : {0, 17, 99}) {
      torch::Tensor values = torch::linspace(-1e38, 1e38, 100);
      CHECK(train::all_finite(values));
      values[place] = bad;
      CHECK_FALSE(train::all_finite(values));
      CHECK_FALSE(train::all_finite(values.to(torch::kDouble)));
    }
  }
}

TEST_CASE("a bad buffer, gradient and parameter are named by layer and tensor") {
  const auto model = small_model();
  const train::FiniteCheck check(*model);
  CHECK_FALSE(check.in_buffers());
  CHECK_FALSE(check.in_gradients());

  poison(model->named_buffers()["norm2.running_var"], kInfinity);
  REQUIRE(check.in_buffers());
  CHECK(check.in_buffers()->layer == "norm2");
  CHECK(check.in_buffers()->tensor == "running_var");

  torch::Tensor weight = model->named_parameters()["fc2.weight"];
  weight.mutable_grad() = torch::zeros_like(weight);
  CHECK_FALSE(check.in_gradients());
  poison(weight.grad(), kInfinity);
  REQUIRE(check.in_gradients());
  CHECK(check.in_gradients()->layer == "fc2");
  CHECK(check.in_gradients()->tensor == "grad of weight");

  poison(weight, kInfinity);
  const train::NonFinite place = check.origin_of_loss(torch::zeros({4, 1, 28, 28}));
  CHECK(place.layer == "fc2");
  CHECK(place.tensor == "weight");
}

TEST_CASE("an overflowing activation is traced to the first layer that overflows") {
  const auto model = small_model();
  const train::FiniteCheck check(*model);
  {
    const torch::NoGradGuard no_grad;
    model->named_parameters()["fc2.weight"].fill_(3e38F);
  }
  const train::NonFinite place =
      check.origin_of_loss(torch::ones({4, 1, 28, 28}) * torch::arange(4).view({4, 1, 1, 1}));
  CHECK(place.layer == "fc2");
  CHECK(place.tensor == "output");
}

}  // namespace
}  // namespace bnexp
