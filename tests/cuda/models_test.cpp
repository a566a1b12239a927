// Every norm in every model on a CUDA device against the CPU, from the same weights, on the same batches.
#include <cmath>

#include "cuda/device.h"

namespace bnexp {
namespace {

using tests::Pairing;
using NamedTensors = std::vector<std::pair<std::string, torch::Tensor>>;

constexpr int kSteps = 20;
constexpr int kBatches = 3;  // in fp32

// The devices add in other orders, so results differ by rounding.
constexpr double kFloat = 1e-4;
constexpr double kDouble = 1e-10;

// Some results amplify rounding: a gradient that is a small difference of large terms, or the weights after 20 steps of
// an LSTM whose norm divides by small deviations. There the bound is this multiple of how far the CPU itself is off:
// in fp32 from double; in double when its weights are moved by kMove.
constexpr double kOwnError = 10;
constexpr double kOwnMove = 100;
constexpr double kMove = 1e-14;

// The largest difference, in units of the largest value, or of `scale` if that is more: differences matter where the
// values are large, not where they cancel to nearly 0.
double error(const torch::Tensor& actual, const torch::Tensor& expected, double scale = 0) {
  if (expected.numel() == 0) return 0;
  const torch::Tensor a = actual.to(torch::kDouble);
  const torch::Tensor e = expected.to(torch::kDouble);
  const double unit = std::max({e.abs().max().item<double>(), scale, 1e-30});
  const double largest = (a - e).abs().max().item<double>() / unit;
  return std::isfinite(largest) ? largest : HUGE_VAL;
}

// Where and how a model computes. Its learned values are moved by the relative amount `move`.
struct Place {
  torch::Device device;
  torch::ScalarType type;
  double move = 0;
};

// A model with learned values away from the zeros and ones that hide mistakes. As trials execute it, but without
// gradient buffers.
std::shared_ptr<model::Model> make(const Pairing& pairing, const Place& place) {
  auto model = model::make(pairing.model, {}, pairing.norm);
  model::initialize(*model, 1);
  const torch::NoGradGuard no_grad;
  torch::manual_seed(11);
  for (auto& parameter : model->parameters()) parameter.add_(0.05 * torch::randn_like(parameter));
  model->to(place.device, place.type);
  if (place.move > 0) {
    for (auto& parameter : model->parameters()) parameter.mul_(1 + place.move * torch::randn_like(parameter));
  }
  model->execute({.fused = true});
  model->train();
  return model;
}

struct Batch {
  torch::Tensor images;
  torch::Tensor labels;
};

// The first kBatches hold two chunks of ghost's, the others one: convolutions in double are slow on a CPU.
Batch batch(int number) {
  torch::manual_seed(100 + number);
  const std::int64_t size = number < kBatches ? 32 : 16;
  return {torch::randn({size, 1, 28, 28}), torch::randint(10, {size})};
}

// Not cpu(), which is the same tensor if it is there.
torch::Tensor copied(const torch::Tensor& tensor) { return tensor.detach().to(torch::kCPU).clone(); }

// What one model computes, step by step.
struct Computed {
  torch::Tensor evaluated;  // logits before any training
  torch::Tensor logits;     // of the first training step
  NamedTensors gradients;
  NamedTensors buffers;  // after it
  std::vector<double> losses;
  torch::Tensor trained;  // logits in evaluation after the last
};

// On the batches from number `first` on.
Computed compute(const Pairing& pairing, const Place& place, int steps, int first = 0) {
  const auto model = make(pairing, place);
  const auto images = [&](int number) { return batch(number).images.to(place.device, place.type); };
  const auto evaluate = [&] {
    const torch::NoGradGuard no_grad;
    model->eval();
    const torch::Tensor logits = model->forward(images(first));
    model->train();
    return copied(logits);
  };
  Computed result;
  result.evaluated = evaluate();
  for (int step = 0; step < steps; ++step) {
    for (auto& parameter : model->parameters()) parameter.mutable_grad().reset();
    const torch::Tensor logits = model->forward(images(first + step));
    const torch::Tensor labels = batch(first + step).labels.to(place.device);
    const torch::Tensor loss = torch::cross_entropy_loss(logits, labels);
    loss.backward();
    result.losses.push_back(loss.item<double>());
    const torch::NoGradGuard no_grad;
    if (step == 0) {
      result.logits = copied(logits);
      for (const auto& item : model->named_parameters()) {
        const torch::Tensor& gradient = item.value().grad();
        result.gradients.emplace_back(item.key(), gradient.defined() ? copied(gradient) : torch::zeros({1}));
      }
      for (const auto& item : model->named_buffers()) result.buffers.emplace_back(item.key(), copied(item.value()));
    }
    for (auto& parameter : model->parameters()) {
      if (parameter.grad().defined()) parameter.sub_(parameter.grad(), 0.01);
    }
  }
  result.trained = evaluate();
  return result;
}

using NamedError = std::pair<double, std::string>;

// The largest error over named tensors, and which has it. A gradient that is 0 but for rounding, such as that of a bias
// whose effect the norm removes, is compared with a thousandth of the model's largest.
NamedError worst(const NamedTensors& actual, const NamedTensors& expected) {
  double largest = 0;
  for (const auto& [name, tensor] : expected) {
    if (tensor.numel() > 0) largest = std::max(largest, tensor.abs().max().item<double>());
  }
  NamedError result{0, ""};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto& [name, tensor] = expected[i];
    REQUIRE(actual[i].first == name);
    result = std::max(result, NamedError(error(actual[i].second, tensor, 1e-3 * largest), name));
  }
  return result;
}

// Of the first step.
struct Errors {
  NamedError evaluated, logits, gradients, buffers;
  std::vector<NamedError> all() const { return {evaluated, logits, gradients, buffers}; }
};

Errors errors(const Computed& actual, const Computed& expected) {
  return {{error(actual.evaluated, expected.evaluated), "evaluation"},
          {error(actual.logits, expected.logits), "forward"},
          worst(actual.gradients, expected.gradients),
          worst(actual.buffers, expected.buffers)};
}

// In fp32 against double on the CPU. A value that is 0 but for rounding takes either branch of a ReLU, and of two equal
// values max-pooling takes either, which changes a gradient by a whole term. Such a batch is rare: the best of several
// counts.
Errors narrow_errors(const Pairing& pairing, const torch::Device& device) {
  const auto errors_of = [&](int number) {
    return errors(compute(pairing, {device, torch::kFloat}, 1, number),
                  compute(pairing, {torch::kCPU, torch::kDouble}, 1, number));
  };
  Errors best = errors_of(0);
  for (int number = 1; number < kBatches; ++number) {
    const Errors found = errors_of(number);
    best = {std::min(best.evaluated, found.evaluated), std::min(best.logits, found.logits),
            std::min(best.gradients, found.gradients), std::min(best.buffers, found.buffers)};
  }
  return best;
}

// For each step the largest relative error of a loss up to it, and at the end that of the trained model's logits.
std::vector<double> growth(const Computed& actual, const Computed& expected) {
  auto result = tests::loss_errors(actual.losses, expected.losses);
  result.push_back(std::max(result.back(), error(actual.trained, expected.trained)));
  return result;
}

TEST_CASE("every norm in every model computes on the device what it computes on the CPU") {
  BNEXP_NEEDS_CUDA;
  tests::for_every_model([](const std::string& model, const std::vector<Pairing>& all) {
    train::prepare(tests::device());
    tests::Table table("models-" + model,
                       "norm\tmodel\tevaluation fp32\tforward fp32\tgradients fp32\tbuffers fp32\tgradients fp32 on "
                       "the CPU\tevaluation fp64\tforward fp64\tgradients fp64\tbuffers fp64\tloss of step 5 fp64\tof "
                       "step 20 fp64\ttrained fp64\tthe last 3 on the CPU from moved weights\t\t\tworst gradient fp32");
    for (const auto& pairing : all) {
      INFO(pairing.name());
      const Errors narrow = narrow_errors(pairing, tests::device());
      const Errors own = narrow_errors(pairing, torch::kCPU);
      const Computed expected = compute(pairing, {torch::kCPU, torch::kDouble}, kSteps);
      const Computed actual = compute(pairing, {tests::device(), torch::kDouble}, kSteps);
      const Computed moved = compute(pairing, {torch::kCPU, torch::kDouble, kMove}, kSteps);
      const Errors wide = errors(actual, expected);
      const auto grown = growth(actual, expected);
      const auto moves = growth(moved, expected);
      table.row(pairing.norm.name, pairing.model.name, narrow.evaluated.first, narrow.logits.first,
                narrow.gradients.first, narrow.buffers.first, own.gradients.first, wide.evaluated.first,
                wide.logits.first, wide.gradients.first, wide.buffers.first, grown[4], grown[kSteps - 1], grown[kSteps],
                moves[4], moves[kSteps - 1], moves[kSteps], narrow.gradients.second);
      for (std::size_t i = 0; i < narrow.all().size(); ++i) {
        INFO("fp32: " << narrow.all()[i].second << ", on the CPU " << own.all()[i].first);
        CHECK(narrow.all()[i].first <= std::max(kFloat, kOwnError * own.all()[i].first));
      }
      for (const auto& [found, name] : wide.all()) {
        INFO("fp64: " << name);
        CHECK(found <= kDouble);
      }
      for (std::size_t step = 0; step < grown.size(); ++step) {
        INFO("fp64, after " << step << " steps; from moved weights " << moves[step]);
        CHECK(grown[step] <= std::max(kDouble, kOwnMove * moves[step]));
      }
    }
  });
}

// Random numbers are drawn on the CPU for every device.
TEST_CASE("dropout drops the same values on every device") {
  BNEXP_NEEDS_CUDA;
  train::prepare(tests::device());
  for (const char* place : {"before_norm", "after_norm", "before_classifier"}) {
    INFO(place);
    const Pairing pairing{
        tests::variant("model", "convnet",
                       {{"conv1", 8}, {"conv2", 16}, {"fc1", 32}, {"dropout", 0.5}, {"dropout_at", place}}),
        tests::variant("norm", "batch")};
    const Computed expected = compute(pairing, {torch::kCPU, torch::kDouble}, 2);
    const Computed actual = compute(pairing, {tests::device(), torch::kDouble}, 2);
    CHECK(growth(actual, expected).back() <= kDouble);
    CHECK(worst(actual.gradients, expected.gradients).first <= kDouble);
  }
}

}  // namespace
}  // namespace bnexp
