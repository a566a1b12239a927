// Every norm on values whose mean is large against their spread: a constant channel, one that hardly varies, and
// others.
#include <cmath>

#include "norm/every_norm.h"
#include "norm/fused.h"

namespace bnexp {
namespace {

using tests::for_every_norm;
using tests::Stage;
using tests::usual_slots;

constexpr double kMean = 1e4;
constexpr double kStep = 1.0 / 512;  // fp32 holds all multiples of it near kMean, and so all differences of the values
// Relative to the largest value, and to 1.
constexpr double kExact = 2e-6;   // fp32
constexpr double kDouble = 1e-9;  // and 1e4 * 2^-53 / sqrt(eps) = 4e-10 for operations of the form x * a + b
// LibTorch's operations compute x * a + b in fp32, and the fused kernels keep the mean in fp32: 1e4 * 2^-23 /
// sqrt(1e-5) for a constant channel.
constexpr double kConditioned = 0.4;

// Multiples of kStep about 0.
torch::Tensor sample(const norm::Slot& slot) {
  torch::Tensor x = tests::sample(slot, 8) - 0.3;
  x.select(1, 1).mul_(0.02);
  x = (x / kStep).round() * kStep;
  x.select(1, 0).fill_(kStep);
  return x;
}

struct Outcome {
  torch::Tensor y;
  torch::Tensor dx;
};

// Of a fresh norm of this kind, whose running statistics fit values about `mean`. `fused`: by the kernels, undefined
// where there is none.
Outcome outcome(const Stage& like, torch::ScalarType type, bool training, double mean, bool fused = false) {
  Stage stage(like.variant, like.slot);
  stage.norm->to(type);
  stage.norm->train(training);
  stage.norm->seed(7);
  for (auto& item : stage.norm->named_buffers()) {
    if (item.key() == "running_mean") item.value().fill_(mean + kStep);
    if (item.key() == "running_var") item.value().fill_(1.0 / 1024);
    if (item.key() == "running_scale") item.value().fill_(1.0 / 32);
  }
  torch::Tensor x = (sample(stage.slot) + mean).to(type).requires_grad_();
  const auto y = fused ? norm::fused(stage.norm.get(), "", false, x) : std::optional(stage.norm->forward(x));
  if (!y) return {};
  const torch::Tensor gy = torch::cos(torch::arange(y->numel(), torch::kDouble) * 1.7).reshape(y->sizes());
  (*y * gy.to(type)).sum().backward();
  return {y->detach().to(torch::kDouble), x.grad().to(torch::kDouble)};
}

double error(const torch::Tensor& actual, const torch::Tensor& expected) {
  return ((actual - expected).abs().max() / expected.abs().max().clamp_min(1)).item<double>();
}

// A norm that takes constants away gives the same for values about 1e4 as for values about 0. Mean square minus squared
// mean would be off by 8e-7.
TEST_CASE("a mean of 1e4 costs no norm a digit in double") {
  int invariant = 0;
  for_every_norm(usual_slots(), [&](Stage& stage) {
    for (const bool training : {true, false}) {
      INFO((training ? "training" : "evaluation"));
      const Outcome near = outcome(stage, torch::kDouble, training, 0);
      if (error(outcome(stage, torch::kDouble, training, 4).y, near.y) > 1e-9) continue;  // a constant matters
      ++invariant;
      const Outcome far = outcome(stage, torch::kDouble, training, kMean);
      CHECK(error(far.y, near.y) < kDouble);
      CHECK(error(far.dx, near.dx) < kDouble);
    }
  });
  CHECK(invariant > 100);
}

TEST_CASE("a mean of 1e4 costs no norm a digit in single precision, but for LibTorch's operations and fused kernels") {
  for_every_norm(usual_slots(), [](Stage& stage) {
    const bool is_torch = stage.norm->torch_form() == norm::Norm::TorchForm::forward;
    for (const bool training : {true, false}) {
      INFO((training ? "training" : "evaluation"));
      const Outcome wide = outcome(stage, torch::kDouble, training, kMean);
      const Outcome narrow = outcome(stage, torch::kFloat, training, kMean);
      CHECK(error(narrow.y, wide.y) < (is_torch ? kConditioned : kExact));
      CHECK(error(narrow.dx, wide.dx) < (is_torch ? kConditioned : kExact));
      const Outcome fused = outcome(stage, torch::kFloat, training, kMean, /*fused=*/true);
      if (!fused.y.defined()) continue;
      INFO("fused");
      CHECK(error(fused.y, wide.y) < kConditioned / 10);
      CHECK(error(fused.dx, wide.dx) < kConditioned / 10);
    }
  });
}

TEST_CASE("a constant channel of 1e4 comes out of fused batch norm as its shift") {
  const Stage stage(config::default_variant("norm", "batch"), usual_slots()[2]);
  const Outcome fused = outcome(stage, torch::kFloat, true, kMean, /*fused=*/true);
  REQUIRE(fused.y.defined());
  CHECK(fused.y.select(1, 0).abs().max().item<double>() == 0);
}

}  // namespace
}  // namespace bnexp
