// Each optimizer's first two steps on one weight, against its formula worked out by hand.
#include "train/optimizer.h"

#include <cmath>
#include <set>

#include "model/model.h"
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

// The parameters that a step with a weight decay of 0.5, a rate of 1 and no gradient changes: SGD and AdamW halve them.
std::set<std::string> decayed(const config::Variant& model, const std::string& norm, const std::string& optimizer) {
  const auto network = model::make(model, {}, tests::variant("norm", norm));
  model::initialize(*network, 1);
  {
    const torch::NoGradGuard no_grad;
    for (auto& parameter : network->parameters()) parameter.fill_(1);
  }
  auto settings = tests::variant("optimizer", optimizer, {{"lr", 1.0}, {"weight_decay", 0.5}});
  settings.settings["weight_decay_on"] = "weights";
  train::Parameters parameters(*network, /*half=*/false, train::decayed(settings));
  parameters.clear();
  parameters.gather();
  for (auto& one : train::make_optimizers(settings, parameters.ranges())) one->step(1.0);
  std::set<std::string> names;
  for (const auto& item : network->named_parameters()) {
    const auto value = item.value().flatten()[0].item<float>();
    if (optimizer == "sgd" || optimizer == "adamw") CHECK((value == 1 || value == 0.5));
    CHECK(item.value().eq(value).all().item<bool>());
    if (value != 1) names.insert(item.key());
  }
  return names;
}

TEST_CASE("weight decay on weights alone spares biases, norms and scalars") {
  using Names = std::set<std::string>;
  const config::Variant mlp = tests::variant("model", "mlp", {{"widths", {8, 8}}});
  for (const char* optimizer : {"sgd", "adam", "adamw", "rmsprop"}) {
    INFO(optimizer);
    CHECK(decayed(mlp, "batch", optimizer) == Names{"fc1.weight", "fc2.weight", "fc3.weight"});
    CHECK(decayed(mlp, "none", optimizer) == Names{"fc1.weight", "fc2.weight", "fc3.weight"});
  }
  // A norm's scale with a value for each element of an image is a norm's parameter too.
  CHECK(decayed(tests::variant("model", "convnet"), "layer", "sgd") ==
        Names{"conv1.weight", "conv2.weight", "fc1.weight", "fc2.weight"});
  CHECK(decayed(tests::variant("model", "residual_mlp", {{"depth", 1}, {"width", 8}, {"residual", "skip_init"}}),
                "none", "sgd") == Names{"blocks.0.fc1.weight", "blocks.0.fc2.weight", "fc.weight", "stem.weight"});
}

TEST_CASE("a trial trains with the weight decay on what the setting says") {
  const auto loss = [](const Json& weight_decay_on, double weight_decay) {
    config::TrialSpec spec = tests::small_spec();
    spec.train.optimizer = tests::variant(
        "optimizer", "sgd", {{"lr", 0.1}, {"weight_decay", weight_decay}, {"weight_decay_on", weight_decay_on}});
    return tests::run(spec).metrics.at("test_loss").get<double>();
  };
  CHECK(loss("all", 0) == loss("weights", 0));
  CHECK(loss("all", 0.5) != loss("weights", 0.5));
}

TEST_CASE("weight decay on all is one pass over one range") {
  const auto network =
      model::make(tests::variant("model", "mlp", {{"widths", {8}}}), {}, tests::variant("norm", "batch"));
  train::Parameters parameters(*network, false, train::decayed(tests::variant("optimizer", "sgd")));
  REQUIRE(parameters.ranges().size() == 1);
  CHECK(parameters.ranges()[0].values.is_same(parameters.values()));
}

}  // namespace
}  // namespace bnexp
