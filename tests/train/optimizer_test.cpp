// Each optimizer's first two steps on one weight, against its formula worked out by hand.
#include "train/optimizer.h"

#include <cmath>

#include "support/catch.h"
#include "support/trials.h"

namespace bnexp {
namespace {

// The weight, from 1, after steps with these gradients.
double after(const std::string& name, const Json& settings, const std::vector<double>& gradients) {
  torch::Tensor weight = torch::ones({1}, torch::kDouble);
  torch::Tensor gradient = torch::zeros_like(weight);
  const auto optimizer = train::make_optimizer(tests::variant("optimizer", name, settings), {weight, gradient});
  for (const double value : gradients) {
    gradient.fill_(value);
    optimizer->step(settings.at("lr"));
  }
  return weight.item<double>();
}

TEST_CASE("SGD with momentum, Nesterov's and weight decay") {
  CHECK(after("sgd", {{"lr", 0.1}}, {2, 3}) == Approx(1 - 0.1 * 2 - 0.1 * 3));
  CHECK(after("sgd", {{"lr", 0.1}, {"momentum", 0.5}}, {2, 3}) == Approx(1 - 0.1 * 2 - 0.1 * (0.5 * 2 + 3)));
  CHECK(after("sgd", {{"lr", 0.1}, {"momentum", 0.5}, {"nesterov", true}}, {2}) == Approx(1 - 0.1 * (2 + 0.5 * 2)));
  CHECK(after("sgd", {{"lr", 0.1}, {"weight_decay", 0.3}}, {2}) == Approx(1 - 0.1 * (2 + 0.3)));
}

TEST_CASE("Adam's first step is the rate, and its weight decay acts through the gradient") {
  CHECK(after("adam", {{"lr", 0.1}}, {2}) == Approx(0.9));
  CHECK(after("adam", {{"lr", 0.1}, {"weight_decay", 0.5}}, {-1}) == Approx(1.1));
}

TEST_CASE("AdamW takes the weight decay straight off the weight") {
  CHECK(after("adamw", {{"lr", 0.1}, {"weight_decay", 0.5}}, {-1}) == Approx(1 * (1 - 0.05) + 0.1));
  CHECK(config::default_variant("optimizer", "adamw").settings.at("weight_decay") == 0.01);
}

TEST_CASE("RMSprop divides by the running root mean square") {
  const double first = 0.1 * 2 / std::sqrt(0.1 * 4);
  CHECK(after("rmsprop", {{"lr", 0.1}, {"alpha", 0.9}}, {2}) == Approx(1 - first));
}

}  // namespace
}  // namespace bnexp
