#include "train/trainer.h"

#include <torch/torch.h>

#include <utility>

#include "train/training.h"

namespace bnexp::train {

TrialResult run(const config::TrialSpec& spec, const data::Dataset& data, const Callbacks& callbacks) {
  at::set_num_threads(1);
  Training training(spec, data, callbacks);
  try {
    return training.run();
  } catch (...) {
    if (callbacks.partial) callbacks.partial(training.partial());
    throw;
  }
}

std::int64_t planned_steps(const config::TrialSpec& spec, std::int64_t train_images) {
  if (spec.train.steps) return *spec.train.steps;
  const std::int64_t images = train_images - spec.data.settings.at("validation").get<std::int64_t>();
  const std::int64_t size = spec.train.batch_size;
  return spec.train.epochs.value_or(0) * (spec.train.drop_last ? images / size : (images + size - 1) / size);
}

std::string libtorch_version() { return TORCH_VERSION; }

std::string isa() { return at::get_cpu_capability(); }

}  // namespace bnexp::train
