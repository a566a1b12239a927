#include "train/batch_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <iterator>
#include <string_view>
#include <utility>

#include "train/inputs.h"

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

// Why a split of `images` images, counted by the setting `key`, can't be evaluated in batches of `size`.
config::Finding refused_evaluation(const std::string& norm, const std::string& slot, const std::string& key,
                                   std::int64_t images, std::int64_t size) {
  const std::string why =
      fmt::format("norm '{}' in {} takes its statistics from the batch in evaluation too, and ", norm, slot);
  if (size == 1) {
    return {"train.evaluation_batch_size", why + "one image gives a single value per channel",
            "raise train.evaluation_batch_size"};
  }
  const bool is_test = key == "data.test";
  if (images == 1) {
    return {key, why + "one image gives a single value per channel",
            is_test ? "take a test set of 2 images or more" : "set data.validation to 0, or to 2 or more"};
  }
  return {key,
          why + fmt::format("batches of up to {} of the {} {} images leave it a single value per channel, however they "
                            "are divided",
                            size, images, is_test ? "test" : "validation"),
          fmt::format("take {} of them, or change the norm's settings", images + 1)};
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

std::optional<std::vector<std::int64_t>> evaluation_batches(std::int64_t images, std::int64_t size,
                                                            const std::function<bool(std::int64_t size)>& takes) {
  constexpr std::int64_t kTries = 8;
  std::int64_t whole = std::min(size, images);
  for (std::int64_t tries = kTries; tries > 0 && whole > 1 && !takes(whole); --tries) --whole;
  if (!takes(whole)) return std::nullopt;
  std::vector<std::int64_t> sizes(static_cast<std::size_t>(images / whole), whole);
  std::int64_t rest = images % whole;
  if (rest > 0) sizes.push_back(rest);
  if (rest == 0 || takes(rest)) return sizes;
  if (rest == 1) {
    sizes.pop_back();
    rest = ++sizes.back();
    if (takes(rest)) return sizes;
  }
  for (std::int64_t part = 2; part <= std::min(rest / 2, kTries); ++part) {
    if (!takes(part) || !takes(rest - part)) continue;
    sizes.back() -= part;
    sizes.push_back(part);
    return sizes;
  }
  return std::nullopt;
}

std::optional<std::vector<std::int64_t>> evaluation_batches(const model::Model& model, std::int64_t images,
                                                            std::int64_t size) {
  std::vector<model::Model::NormSlot> sensitive;
  const auto takes = [&](std::int64_t samples) {
    return std::ranges::none_of(sensitive,
                                [&](const auto& place) { return needs_more_values(*place.norm, place.slot, samples); });
  };
  std::ranges::copy_if(model.norm_slots(), std::back_inserter(sensitive),
                       [](const auto& place) { return needs_more_values(*place.norm, place.slot, 1); });
  return evaluation_batches(images, size, takes);
}

std::optional<config::Finding> refused_batch(const config::TrialSpec& spec, const data::Counts& images) {
  for (const auto& slot : model::slots(spec.model, {})) {
    if (slot.values_per_channel() > 1) continue;
    const auto evaluated = norm::make(spec.norm, slot);
    evaluated->eval();
    if (needs_more_values(*evaluated, slot, 1)) {
      const auto takes = [&](std::int64_t samples) { return !needs_more_values(*evaluated, slot, samples); };
      const std::int64_t size = evaluation_batch(spec);
      for (const auto& [key, count] : {std::pair{"data.validation", images.validation}, {"data.test", images.test}}) {
        if (count < 1 || evaluation_batches(count, size, takes)) continue;
        return refused_evaluation(spec.norm.name, slot.name, key, count, size);
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
