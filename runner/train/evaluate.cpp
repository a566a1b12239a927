#include "train/evaluate.h"

#include <fmt/format.h>

#include <vector>

#include "base/error.h"
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
  const auto sizes = evaluation_batches(model, split.count, inputs.evaluation_batch);
  if (!sizes) {
    throw usage_error(fmt::format("no division of {} images into batches of up to {} gives the norm two values per "
                                  "channel in each to take statistics from",
                                  split.count, inputs.evaluation_batch),
                      "take another number of images, or raise train.evaluation_batch_size");
  }
  std::vector<std::int64_t> labels;
  double loss = 0;
  std::int64_t correct = 0;
  std::int64_t first = 0;
  for (const std::int64_t count : *sizes) {
    torch::Tensor logits = model.forward(inputs.images(split, first, count));
    if (logits.scalar_type() == torch::kBFloat16) logits = logits.to(torch::kFloat);
    if (see) see(logits);
    const torch::Tensor values = logits.to(torch::kCPU, torch::kFloat).contiguous();
    labels.assign(split.labels + first, split.labels + first + count);
    const CrossEntropy part = cross_entropy(values.const_data_ptr<float>(), labels.data(), count, values.size(1),
                                            /*label_smoothing=*/0, nullptr);
    loss += part.loss;
    correct += part.correct;
    first += count;
  }
  model.train(training);
  const auto samples = static_cast<double>(split.count);
  return {loss / samples, static_cast<double>(correct) / samples};
}

}  // namespace bnexp::train
