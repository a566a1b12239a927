// Everything that a trial's training changes from step to step, in one object that can be saved and loaded. Training
// continues with the same bits after loading it into a new object of the same trial.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/settings/spec.h"
#include "data/batches.h"
#include "model/model.h"
#include "train/inputs.h"
#include "train/optimizer.h"
#include "train/parameters.h"
#include "train/probe.h"

namespace bnexp::train {

struct TrainingState {
  // The state before the first step. `training` are the training images.
  TrainingState(const config::TrialSpec& spec, const data::Split& training, const Inputs& inputs);

  std::shared_ptr<model::Model> model;
  Parameters parameters;  // the model's
  std::vector<std::unique_ptr<Optimizer>> optimizers;
  data::Batches batches;
  std::vector<std::pair<std::string, std::unique_ptr<Probe>>> probes;  // by name

  std::int64_t step = 0;            // taken
  std::int64_t samples = 0;         // trained on
  std::int64_t window_samples = 0;  // since the last history entry
  double window_loss = 0;           // summed over them
  double lr = 0;                    // of the last step
  std::optional<double> validation_accuracy;
  Json history = Json::array();
  std::string started_at;  // a record's time; empty before the first step
  double evaluate_s = 0;
  double wall_s = 0;  // of the processes that trained before this one

  void step_optimizers(double rate);

  // The bytes of a safetensors file, without LibTorch's serialization. `wall` is the wall time so far. load() throws
  // Error(environment) naming `where` when these are not such bytes, are of another release, or of a trial with other
  // settings than `context.spec`.
  std::string save(const config::TrialSpec& spec, double wall) const;
  void load(std::string_view bytes, const std::string& where, ProbeContext& context);
};

}  // namespace bnexp::train
