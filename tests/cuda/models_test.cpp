// Every norm in every model on a CUDA device against the CPU, from the same weights, on the same batches.
#include <cmath>

#include "cuda/device.h"

namespace bnexp {
namespace {

using tests::Pairing;

constexpr int kSteps = 20;

// Rounding alone tells the devices apart: they add in other orders.
constexpr double kFloat = 1e-4;
constexpr double kDouble = 1e-10;

// The largest difference, in units of the largest value, or of `scale` if that is more: differences are of interest
// where the values are, not where they cancel to nearly 0.
double error(const torch::Tensor& actual, const torch::Tensor& expected, double scale = 0) {
  if (expected.numel() == 0) return 0;
  const torch::Tensor a = actual.detach().to(torch::kCPU, torch::kDouble);
  const torch::Tensor e = expected.detach().to(torch::kCPU, torch::kDouble);
  const double unit = std::max({e.abs().max().item<double>(), scale, 1e-30});
  const double largest = (a - e).abs().max().item<double>() / unit;
  return std::isfinite(largest) ? largest : HUGE_VAL;
}

// A model with learned values away from the zeros and ones that hide mistakes. As trials execute it, but without gradient buffers.
std::shared_ptr<model::Model> make(const Pairing& pairing, const torch::Device& device, torch::ScalarType type) {
  auto model = model::make(pairing.model, {}, pairing.norm);
  model::initialize(*model, 1);
  {
    const torch::NoGradGuard no_grad;
    torch::manual_seed(11);
    for (auto& parameter : model->parameters()) parameter.add_(0.05 * torch::randn_like(parameter));
  }
  model->to(device, type);
  model->execute({.fused = true});
  model->train();
  return model;
}

struct Batch {
  torch::Tensor images;
  torch::Tensor labels;
};

// Of two chunks of ghost's at first; then of one, as convolutions in double take their time on a CPU.
Batch batch(int number) {
  torch::manual_seed(100 + number);
  const std::int64_t size = number == 0 ? 32 : 16;
  return {torch::randn({size, 1, 28, 28}, torch::kDouble), torch::randint(10, {size})};
}

torch::Tensor loss_of(const torch::Tensor& logits, const Batch& batch) {
  return torch::cross_entropy_loss(logits, batch.labels.to(logits.device()));
}

// What one model computes, step by step.
struct Computed {
  torch::Tensor evaluated;  // logits before any training
  torch::Tensor logits;     // of the first training step
  std::vector<std::pair<std::string, torch::Tensor>> gradients;
  std::vector<std::pair<std::string, torch::Tensor>> buffers;  // after it
  std::vector<double> losses;
  torch::Tensor trained;  // logits in evaluation after the last
};

Computed compute(const Pairing& pairing, const torch::Device& device, torch::ScalarType type, int steps) {
  const auto model = make(pairing, device, type);
  const auto images = [&](int number) { return batch(number).images.to(device, type); };
  const auto evaluate = [&] {
    const torch::NoGradGuard no_grad;
    model->eval();
    const torch::Tensor logits = model->forward(images(0));
    model->train();
    return logits.cpu();
  };
  Computed result;
  result.evaluated = evaluate();
  for (int step = 0; step < steps; ++step) {
    for (auto& parameter : model->parameters()) parameter.mutable_grad().reset();
    const torch::Tensor logits = model->forward(images(step));
    const torch::Tensor loss = loss_of(logits, batch(step));
    loss.backward();
    result.losses.push_back(loss.item<double>());
    const torch::NoGradGuard no_grad;
    if (step == 0) {
      result.logits = logits.detach().cpu();
      for (const auto& item : model->named_parameters()) {
        const torch::Tensor& gradient = item.value().grad();
        result.gradients.emplace_back(item.key(), gradient.defined() ? gradient.cpu() : torch::zeros({1}));
      }
      for (const auto& item : model->named_buffers()) result.buffers.emplace_back(item.key(), item.value().cpu());
    }
    for (auto& parameter : model->parameters()) {
      if (parameter.grad().defined()) parameter.sub_(parameter.grad(), 0.01);
    }
  }
  result.trained = evaluate();
  return result;
}

// The largest error over named tensors, and which has it. A gradient that is 0 but for rounding, such as that of a bias
// which a norm takes away, counts against a thousandth of the model's largest.
std::pair<double, std::string> worst(const std::vector<std::pair<std::string, torch::Tensor>>& actual,
                                     const std::vector<std::pair<std::string, torch::Tensor>>& expected) {
  double largest = 0;
  for (const auto& [name, tensor] : expected) {
    if (tensor.numel() > 0) largest = std::max(largest, tensor.abs().max().item<double>());
  }
  std::pair<double, std::string> result{0, ""};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    REQUIRE(actual[i].first == expected[i].first);
    result =
        std::max(result, std::pair(error(actual[i].second, expected[i].second, 1e-3 * largest), expected[i].first));
  }
  return result;
}

double worst_loss(const std::vector<double>& actual, const std::vector<double>& expected) {
  double result = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double one = std::abs(actual[i] - expected[i]) / std::abs(expected[i]);
    result = std::isfinite(one) ? std::max(result, one) : HUGE_VAL;
  }
  return result;
}

void check_close(const char* what, double found, double allowed) {
  INFO(what);
  CHECK(found <= allowed);
}

// In fp32 the first step alone: over further steps rounding grows as the network makes it grow, by a factor that
// differs from norm to norm. In double it has room to: 20 steps stay within the bound.
TEST_CASE("every norm in every model computes on the device what it computes on the CPU") {
  BNEXP_NEEDS_CUDA;
  tests::for_every_model([](const std::string& model, const std::vector<Pairing>& all) {
    train::prepare(tests::device());
    tests::Table table(
        "models-" + model,
        "norm\tmodel\tevaluation fp32\tforward fp32\tgradients fp32\tbuffers fp32\tevaluation fp64\tforward "
        "fp64\tgradients fp64\tbuffers fp64\t20 losses fp64\ttrained fp64\tworst gradient fp32");
    for (const auto& pairing : all) {
      INFO(pairing.name());
      struct Errors {
        double evaluated, logits;
        std::pair<double, std::string> gradients, buffers;
        double losses, trained;
      };
      const auto compare = [&](torch::ScalarType type, int steps) {
        const Computed expected = compute(pairing, torch::kCPU, type, steps);
        const Computed actual = compute(pairing, tests::device(), type, steps);
        return Errors{error(actual.evaluated, expected.evaluated), error(actual.logits, expected.logits),
                      worst(actual.gradients, expected.gradients), worst(actual.buffers, expected.buffers),
                      worst_loss(actual.losses, expected.losses),  error(actual.trained, expected.trained)};
      };
      Errors narrow{};
      Errors wide{};
      REQUIRE_NOTHROW(narrow = compare(torch::kFloat, 1));
      REQUIRE_NOTHROW(wide = compare(torch::kDouble, kSteps));
      table.row(pairing.norm.name, pairing.model.name, narrow.evaluated, narrow.logits, narrow.gradients.first,
                narrow.buffers.first, wide.evaluated, wide.logits, wide.gradients.first, wide.buffers.first,
                wide.losses, wide.trained, narrow.gradients.second);
      check_close("evaluation, fp32", narrow.evaluated, kFloat);
      check_close("forward, fp32", narrow.logits, kFloat);
      check_close(("gradient of " + narrow.gradients.second + ", fp32").c_str(), narrow.gradients.first, kFloat);
      check_close(("buffer " + narrow.buffers.second + ", fp32").c_str(), narrow.buffers.first, kFloat);
      check_close("evaluation, fp64", wide.evaluated, kDouble);
      check_close("forward, fp64", wide.logits, kDouble);
      check_close(("gradient of " + wide.gradients.second + ", fp64").c_str(), wide.gradients.first, kDouble);
      check_close(("buffer " + wide.buffers.second + ", fp64").c_str(), wide.buffers.first, kDouble);
      check_close("losses of 20 steps, fp64", wide.losses, kDouble);
      check_close("evaluation after 20 steps, fp64", wide.trained, kDouble);
    }
  });
}

// What is drawn is drawn on the CPU, whatever the device.
TEST_CASE("dropout drops the same values on every device") {
  BNEXP_NEEDS_CUDA;
  train::prepare(tests::device());
  for (const char* place : {"before_norm", "after_norm", "before_classifier"}) {
    INFO(place);
    const Pairing pairing{
        tests::variant("model", "convnet",
                       {{"conv1", 8}, {"conv2", 16}, {"fc1", 32}, {"dropout", 0.5}, {"dropout_at", place}}),
        tests::variant("norm", "batch")};
    const Computed expected = compute(pairing, torch::kCPU, torch::kDouble, 2);
    const Computed actual = compute(pairing, tests::device(), torch::kDouble, 2);
    check_close("losses", worst_loss(actual.losses, expected.losses), kDouble);
    check_close("gradients", worst(actual.gradients, expected.gradients).first, kDouble);
  }
}

}  // namespace
}  // namespace bnexp
