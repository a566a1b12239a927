// Values against the formulas, written out in double.
#include <cmath>

#include "config/settings/catalog.h"
#include "norm/norm.h"
#include "support/catch.h"

namespace bnexp {
namespace {

std::shared_ptr<norm::Norm> make(const std::string& name, const norm::Slot& slot, const Json& settings = {}) {
  config::Variant variant = config::default_variant("norm", name);
  if (!settings.is_null()) variant.settings.update(settings);
  return norm::make(variant, slot);
}

const norm::Slot kImage{"image", 6, {3, 5}};

torch::Tensor image(std::int64_t batch = 4) {
  torch::manual_seed(3);
  return torch::randn({batch, 6, 3, 5}, torch::kDouble) * 2 - 1;
}

// gamma and beta that differ per entry.
void set_affine(norm::Norm& norm) {
  const torch::NoGradGuard no_grad;
  auto parameters = norm.named_parameters();
  parameters["weight"].copy_(torch::linspace(0.5, 2, parameters["weight"].numel()).view_as(parameters["weight"]));
  parameters["bias"].copy_(torch::linspace(-1, 1, parameters["bias"].numel()).view_as(parameters["bias"]));
}

// (x - E[x]) / sqrt(Var[x] + eps) over `dims`.
torch::Tensor normalized(const torch::Tensor& x, std::vector<std::int64_t> dims, double eps = 1e-5) {
  const torch::Tensor mean = x.mean(dims, true);
  const torch::Tensor var = (x - mean).square().mean(dims, true);
  return (x - mean) / (var + eps).sqrt();
}

torch::Tensor per_channel(const torch::Tensor& values) { return values.view({1, -1, 1, 1}); }

void check_close(const torch::Tensor& actual, const torch::Tensor& expected) {
  CHECK((actual.to(torch::kDouble) - expected).abs().max().item<double>() < 1e-5);
}

TEST_CASE("batch norm is the paper's formula, per channel over batch and positions") {
  const auto norm = make("batch", kImage);
  set_affine(*norm);
  const auto parameters = norm->named_parameters();
  const torch::Tensor expected = normalized(image(), {0, 2, 3}) * per_channel(parameters["weight"].detach()) +
                                 per_channel(parameters["bias"].detach());
  check_close(norm->forward(image().to(torch::kFloat)), expected);
}

TEST_CASE("batch norm keeps the unbiased variance of a batch, weighted by momentum") {
  const auto norm = make("batch", kImage, {{"momentum", 0.3}});
  const torch::Tensor x = image();
  norm->forward(x.to(torch::kFloat));
  const auto buffers = norm->named_buffers();
  const torch::Tensor mean = x.mean({0, 2, 3});
  const torch::Tensor var = (x - per_channel(mean)).square().sum({0, 2, 3}) / (4 * 3 * 5 - 1);
  check_close(buffers["running_mean"], 0.3 * mean);
  check_close(buffers["running_var"], 0.7 + 0.3 * var);
}

TEST_CASE("batch norm without momentum averages all batches alike") {
  const auto norm = make("batch", kImage, {{"momentum", nullptr}});
  torch::Tensor sum = torch::zeros({6}, torch::kDouble);
  for (int i = 0; i < 5; ++i) {
    const torch::Tensor x = image() + i * i;
    norm->forward(x.to(torch::kFloat));
    sum += x.mean({0, 2, 3});
  }
  check_close(norm->named_buffers()["running_mean"], sum / 5);
}

TEST_CASE("a fresh batch norm in evaluation is the identity but for eps") {
  const auto norm = make("batch", kImage);
  norm->eval();
  const torch::Tensor x = image().to(torch::kFloat);
  CHECK(((norm->forward(x) - x) / x).abs().max().item<double>() < 6e-6);
}

TEST_CASE("batch norm without running statistics evaluates with the statistics of its input") {
  const auto norm = make("batch", kImage, {{"track_running_stats", false}});
  norm->eval();
  check_close(norm->forward(image().to(torch::kFloat)), normalized(image(), {0, 2, 3}));
  CHECK(norm->buffers().empty());
}

TEST_CASE("batch norm refuses to train on one value per channel") {
  const auto norm = make("batch", {"vector", 6, {}});
  std::string message;
  try {
    norm->forward(torch::ones({1, 6}));
  } catch (const c10::Error& error) {
    message = error.what();
  }
  CHECK(message.find("more than 1 value per channel") != std::string::npos);
}

TEST_CASE("batch norm of two samples keeps their sign alone") {
  const auto norm = make("batch", {"vector", 2, {}});
  const torch::Tensor x = torch::tensor({{1.0F, -4.0F}, {3.0F, 8.0F}});
  // Standard deviations are 1 and 6.
  const torch::Tensor expected = torch::tensor({{-1 / std::sqrt(1 + 1e-5), -1 / std::sqrt(1 + 1e-5 / 36)},
                                                {1 / std::sqrt(1 + 1e-5), 1 / std::sqrt(1 + 1e-5 / 36)}},
                                               torch::kDouble);
  check_close(norm->forward(x), expected);
  // Unbiased: n / (n - 1) = 2 times the biased 1 and 36.
  check_close(norm->named_buffers()["running_var"], torch::tensor({0.9 + 0.1 * 2, 0.9 + 0.1 * 72}, torch::kDouble));
}

TEST_CASE("layer norm averages one sample over channels and positions and scales each element") {
  const auto norm = make("layer", kImage);
  set_affine(*norm);
  const auto parameters = norm->named_parameters();
  REQUIRE(parameters["weight"].sizes() == std::vector<std::int64_t>{6, 3, 5});
  const torch::Tensor expected =
      normalized(image(), {1, 2, 3}) * parameters["weight"].detach() + parameters["bias"].detach();
  check_close(norm->forward(image().to(torch::kFloat)), expected);
}

TEST_CASE("group norm averages each group of channels and scales each channel") {
  const auto norm = make("group", kImage, {{"groups", 2}});
  set_affine(*norm);
  const auto parameters = norm->named_parameters();
  const torch::Tensor grouped = normalized(image().view({4, 2, 3, 3, 5}), {2, 3, 4}).view({4, 6, 3, 5});
  const torch::Tensor expected =
      grouped * per_channel(parameters["weight"].detach()) + per_channel(parameters["bias"].detach());
  check_close(norm->forward(image().to(torch::kFloat)), expected);
}

TEST_CASE("group norm with one group is layer norm without affine terms") {
  const auto group = make("group", kImage, {{"groups", 1}, {"affine", false}});
  const auto layer = make("layer", kImage, {{"affine", false}});
  const torch::Tensor x = image().to(torch::kFloat);
  check_close(group->forward(x), layer->forward(x).to(torch::kDouble));
}

TEST_CASE("instance norm is batch norm of a batch of one") {
  const auto instance = make("instance", kImage);
  const auto batch = make("batch", kImage);
  const torch::Tensor x = image(1).to(torch::kFloat);
  check_close(instance->forward(x), batch->forward(x).to(torch::kDouble));
  check_close(instance->forward(image().to(torch::kFloat)), normalized(image(), {2, 3}));
}

TEST_CASE("norms that can't stand in a slot say why") {
  const auto refusal = [](const std::string& name, const Json& settings, const norm::Slot& slot) {
    config::Variant variant = config::default_variant("norm", name);
    variant.settings.update(settings);
    return norm::check(variant, slot);
  };
  CHECK(refusal("group", {{"groups", 5}}, {"norm1", 32, {26, 26}}) ==
        "groups 5 doesn't divide the 32 channels of norm1");
  CHECK(refusal("group", {{"groups", 32}}, {"norm1", 32, {26, 26}}).empty());
  CHECK_FALSE(refusal("group", {{"groups", 32}}, {"norm3", 32, {}}).empty());
  CHECK_FALSE(refusal("instance", Json::object(), {"norm3", 128, {}}).empty());
  CHECK(refusal("instance", Json::object(), {"norm2", 64, {24, 24}}).empty());
}

}  // namespace
}  // namespace bnexp
