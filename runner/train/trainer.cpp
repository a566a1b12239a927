#include "train/trainer.h"

#include <torch/torch.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/error.h"
#include "train/device.h"
#include "train/training.h"

namespace bnexp::train {
namespace {

// Also when a trial has run out of memory: the next one starts with all there is.
struct MemoryReleased {
  torch::Device device;
  ~MemoryReleased() {
    try {
      release_memory(device);
    } catch (const c10::Error&) {  // a device that is lost; the trial has met the same
    }
  }
};

}  // namespace

TrialResult run(const config::TrialSpec& spec, const data::Dataset& data, const Callbacks& callbacks) {
  const torch::Device device(spec.device);
  prepare(device);
  const MemoryReleased at_the_end{device};
  std::optional<Training> training(std::in_place, spec, data, callbacks);
  try {
    if (const auto& checkpoints = callbacks.checkpoints; checkpoints && checkpoints->saved) {
      try {
        training->load(*checkpoints->saved, checkpoints->name);
      } catch (const Error& error) {
        checkpoints->refused(error.what());
        training.emplace(spec, data, callbacks);
      }
    }
    return training->run();
  } catch (...) {
    if (callbacks.partial) callbacks.partial(training->partial());
    throw;
  }
}

std::int64_t planned_steps(const config::TrialSpec& spec, std::int64_t train_images) {
  if (spec.train.steps) return *spec.train.steps;
  const auto validation = spec.data.settings.at("validation").get<std::int64_t>();
  const std::int64_t images = std::max<std::int64_t>(train_images - validation, 0);
  const std::int64_t size = spec.train.batch_size;
  return spec.train.epochs.value_or(0) * (spec.train.drop_last ? images / size : (images + size - 1) / size);
}

std::string libtorch_version() { return TORCH_VERSION; }

std::string isa() { return at::get_cpu_capability(); }

}  // namespace bnexp::train
