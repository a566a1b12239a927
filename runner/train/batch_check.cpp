#include "train/batch_check.h"

#include <fmt/format.h>

#include <exception>
#include <string_view>
#include <utility>
#include <vector>

namespace bnexp::train {
namespace {

struct BatchSize {
  std::int64_t samples;
  bool is_last;  // the last of an epoch, and smaller than the others
};

// The sizes of the batches that the trial trains on.
std::vector<BatchSize> batch_sizes(const config::TrainSpec& train, std::int64_t images) {
  std::vector<BatchSize> sizes;
  const std::int64_t whole = images / train.batch_size;
  const std::int64_t rest = images % train.batch_size;
  const std::int64_t steps = train.steps.value_or(train.epochs.value_or(0) * (whole + 1));
  if (whole > 0 && steps > 0) sizes.push_back({train.batch_size, false});
  if (rest > 0 && !train.drop_last && steps > whole) sizes.push_back({rest, true});
  return sizes;
}

// The setting by which evaluation meets a batch of one image, and what to do about it; empty when it meets none.
std::pair<std::string, std::string> single_image(const config::TrainSpec& train, const data::Counts& images) {
  if (train.evaluation_batch_size == 1) return {"train.evaluation_batch_size", "raise train.evaluation_batch_size"};
  if (images.validation == 1) return {"data.validation", "set data.validation to 0, or to 2 or more"};
  if (images.test == 1) return {"data.test", "take a test set of 2 images or more"};
  return {};
}

// Device and type of the norm's values; CPU and fp32 if it has none.
torch::TensorOptions options_of(const norm::Norm& norm) {
  for (const auto& tensors : {norm.parameters(), norm.buffers()}) {
    for (const auto& tensor : tensors) {
      if (tensor.is_floating_point()) return torch::TensorOptions(tensor.device()).dtype(tensor.scalar_type());
    }
  }
  return {};
}

}  // namespace

bool needs_more_values(norm::Norm& norm, const norm::Slot& slot, std::int64_t samples) {
  if (slot.values_per_channel() > 1) return false;
  std::vector<std::int64_t> shape{samples, slot.channels};
  shape.insert(shape.end(), slot.spatial.begin(), slot.spatial.end());
  const torch::NoGradGuard no_grad;
  try {
    norm.forward(torch::zeros(shape, options_of(norm)));
  } catch (const std::exception& error) {  // training reports other errors
    return std::string_view(error.what()).find("more than 1 value per channel") != std::string_view::npos;
  }
  return false;
}

std::optional<config::Finding> refused_batch(const config::TrialSpec& spec, const data::Counts& images) {
  for (const auto& slot : model::slots(spec.model, {})) {
    if (slot.values_per_channel() > 1) continue;
    if (const auto [key, hint] = single_image(spec.train, images); !key.empty()) {
      const auto norm = norm::make(spec.norm, slot);
      norm->eval();
      if (needs_more_values(*norm, slot, 1)) {
        return config::Finding{key,
                               fmt::format("norm '{}' in {} takes its statistics from the batch in evaluation too, and "
                                           "one image gives a single value per channel",
                                           spec.norm.name, slot.name),
                               hint};
      }
    }
    for (const auto& [samples, is_last] : batch_sizes(spec.train, images.train)) {
      const auto norm = norm::make(spec.norm, slot);
      norm->train();
      if (!needs_more_values(*norm, slot, samples)) continue;
      const std::string which =
          is_last ? fmt::format("the last batch of each epoch has {} of the {} training images", samples, images.train)
                  : fmt::format("a batch has {} {}", samples, samples == 1 ? "image" : "images");
      return config::Finding{
          "train.batch_size",
          fmt::format("{}, which leaves norm '{}' in {} a single value per channel to take statistics from", which,
                      spec.norm.name, slot.name),
          is_last ? "set train.drop_last: true, or another train.batch_size" : "raise train.batch_size"};
    }
  }
  return std::nullopt;
}

}  // namespace bnexp::train
