#include "train/trained.h"

#include <fmt/format.h>
#include <torch/torch.h>

#include <algorithm>
#include <chrono>

#include "base/error.h"
#include "base/safetensors.h"
#include "model/fold.h"
#include "model/weights.h"
#include "train/device.h"
#include "train/evaluate.h"
#include "train/finite.h"

namespace bnexp::train {
namespace {

constexpr std::int64_t kTimedImages = 1000;
constexpr int kRepetitions = 15;

// A network in evaluation mode, ready for evaluation.
struct Trained {
  Trained(const config::TrialSpec& spec, const data::Dataset& data, const Weights& weights,
          torch::ScalarType dtype = torch::kFloat)
      : test(data.test()), inputs(make_inputs(spec, data)), model(model::make(spec.model, inputs.shape, spec.norm)) {
    model::initialize(*model, static_cast<std::uint64_t>(spec.seed));
    model::load(*model, weights.bytes, weights.name);
    inputs.dtype = dtype;
    model->to(inputs.device, dtype);
    model->eval();
  }

  model::FoldReport fold() const {
    return model::fold(*model, inputs.images(test, 0, std::min<std::int64_t>(2, test.count)));
  }

  // (images, classes), on the CPU.
  torch::Tensor logits() const {
    std::vector<torch::Tensor> parts;
    evaluate(*model, test, inputs, [&](const torch::Tensor& part) { parts.push_back(part.cpu()); });
    return torch::cat(parts);
  }

  double seconds(std::int64_t images) const {
    data::Split some = test;
    some.count = std::min(images, test.count);
    const auto start = std::chrono::steady_clock::now();
    evaluate(*model, some, inputs);
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }

  data::Split test;
  Inputs inputs;
  std::shared_ptr<model::Model> model;
};

// Refuses logits that are not finite: neither a class nor a difference can be taken from them.
void require_finite(const Trained& trained, const torch::Tensor& logits, const std::string& name) {
  const torch::Tensor images = torch::isfinite(logits).all(1).logical_not().nonzero();
  if (images.numel() == 0) return;
  const auto first = images[0].item<std::int64_t>();
  // Two images, for norms that take statistics from them.
  const std::int64_t from = std::max<std::int64_t>(0, std::min(first, trained.test.count - 2));
  const std::int64_t count = std::min<std::int64_t>(2, trained.test.count);
  const NonFinite place = FiniteCheck(*trained.model).origin_of_loss(trained.inputs.images(trained.test, from, count));
  throw environment_error(
      fmt::format("{}: {} is not finite for {} of {} test images; the first is image {}, counted from 1", name,
                  place.layer == "loss" ? "the network's output" : fmt::format("{}'s {}", place.layer, place.tensor),
                  images.numel(), logits.size(0), first + 1),
      "the weights are finite, and what is computed from them is not; use the weights of a trial that learned");
}

double largest(const torch::Tensor& values) { return values.abs().max().item<double>(); }

double accuracy(const torch::Tensor& predictions, const data::Split& split) {
  std::int64_t correct = 0;
  const auto* prediction = predictions.const_data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < split.count; ++i) correct += prediction[i] == split.labels[i] ? 1 : 0;
  return static_cast<double>(correct) / static_cast<double>(split.count);
}

// Time before / time after, measured alternately, so that a busy machine slows down both.
double median_speedup(const Trained& before, const Trained& after) {
  std::vector<double> ratios;
  for (int i = 0; i < kRepetitions; ++i) {
    const double slow = before.seconds(kTimedImages);
    ratios.push_back(slow / after.seconds(kTimedImages));
  }
  std::ranges::nth_element(ratios, ratios.begin() + kRepetitions / 2);
  return ratios[kRepetitions / 2];
}

}  // namespace

Evaluation evaluate(const config::TrialSpec& spec, const data::Dataset& data, const Weights& weights) {
  prepare(torch::Device(spec.device));
  const Trained trained(spec, data, weights);
  trained.model->execute(execution(spec));
  std::vector<torch::Tensor> parts;
  const Score score =
      evaluate(*trained.model, trained.test, trained.inputs, [&](const auto& part) { parts.push_back(part.cpu()); });
  const torch::Tensor logits = torch::cat(parts);
  require_finite(trained, logits, weights.name);
  const torch::Tensor predictions = logits.argmax(1);
  const auto* first = predictions.const_data_ptr<std::int64_t>();
  return {score.loss,
          score.accuracy,
          {first, first + predictions.numel()},
          safetensors::write({{"logits",
                               "F32",
                               logits.sizes().vec(),
                               {static_cast<const char*>(logits.const_data_ptr()), logits.nbytes()}}})};
}

Folding fold(const config::TrialSpec& spec, const data::Dataset& data, const Weights& weights) {
  prepare(torch::Device(spec.device));
  Folding result;
  const Trained before(spec, data, weights);
  const Trained after(spec, data, weights);
  const model::FoldReport report = after.fold();
  for (const auto& [norm, layer] : report.folded) result.folded.emplace_back(norm, layer);
  for (const auto& [norm, reason] : report.refused) result.refused.emplace_back(norm, reason);
  {
    const torch::Tensor expected = before.logits();
    require_finite(before, expected, weights.name);
    const torch::Tensor actual = after.logits();
    if (!torch::isfinite(actual).all().item<bool>()) {
      throw environment_error(weights.name + ": the folded network's output is not finite for some test images",
                              "the network itself is; a folded weight is too large for its type");
    }
    const torch::Tensor expected_predictions = expected.argmax(1);
    const torch::Tensor actual_predictions = actual.argmax(1);
    result.images = before.test.count;
    result.equal = expected_predictions.eq(actual_predictions).sum().item<std::int64_t>();
    result.accuracy_before = accuracy(expected_predictions, before.test);
    result.accuracy_after = accuracy(actual_predictions, before.test);
    result.largest_logit = largest(expected);
    result.difference = largest(actual - expected);
  }
  {
    const Trained exact_before(spec, data, weights, torch::kDouble);
    const Trained exact_after(spec, data, weights, torch::kDouble);
    exact_after.fold();
    result.difference_double = largest(exact_after.logits() - exact_before.logits());
  }
  result.speedup = median_speedup(before, after);
  result.repetitions = kRepetitions;
  result.weights = model::save(*after.model);
  return result;
}

}  // namespace bnexp::train
