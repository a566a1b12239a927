#include "train/evaluate.h"

#include <algorithm>
#include <vector>

#include "train/batch_check.h"
#include "train/kernels.h"

namespace bnexp::train {
model::Execution execution(const config::TrialSpec& spec, const norm::GradientBuffers* gradient_buffers,
                           norm::Tape* tape) {
  return {.fused = spec.execution.fused,
          .products = spec.precision == "bf16" ? torch::kBFloat16 : torch::kFloat,
          .gradient_buffers = gradient_buffers,
          .tape = tape};
}

Score evaluate(model::Model& model, const data::Split& split, const Inputs& inputs,
               const std::function<void(const torch::Tensor& logits)>& see) {
  const torch::NoGradGuard no_grad;
  const bool training = model.is_training();
  model.eval();
  const std::int64_t size = inputs.evaluation_batch;
  const auto needs_more = [](const auto& place) { return needs_more_values(*place.norm, place.slot, 1); };
  const bool joins =
      size > 1 && split.count > 1 && split.count % size == 1 && std::ranges::any_of(model.norm_slots(), needs_more);
  std::vector<std::int64_t> labels(static_cast<std::size_t>(size) + 1);
  double loss = 0;
  std::int64_t correct = 0;
  std::int64_t count = 0;
  for (std::int64_t first = 0; first < split.count; first += count) {
    count = std::min(size, split.count - first);
    if (joins && first + count + 1 == split.count) ++count;
    torch::Tensor logits = model.forward(inputs.images(split, first, count));
    if (logits.scalar_type() == torch::kBFloat16) logits = logits.to(torch::kFloat);
    if (see) see(logits);
    const torch::Tensor values = logits.to(torch::kCPU, torch::kFloat).contiguous();
    std::copy_n(split.labels + first, count, labels.begin());
    const CrossEntropy part = cross_entropy(values.const_data_ptr<float>(), labels.data(), count, values.size(1),
                                            /*label_smoothing=*/0, nullptr);
    loss += part.loss;
    correct += part.correct;
  }
  model.train(training);
  const auto samples = static_cast<double>(split.count);
  return {loss / samples, static_cast<double>(correct) / samples};
}

}  // namespace bnexp::train
