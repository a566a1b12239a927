// A probe: a measurement while a trial trains. One probe per file in experiments/, found by itself.
//
// A probe changes no bit of the training: it computes with the model only under a PreservedModel. NaN and infinity in
// its measurements are data, written as null (finite_or_null in train/result.h), never an error.
#pragma once

#include <torch/torch.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "config/settings/catalog.h"
#include "config/settings/spec.h"
#include "model/model.h"
#include "train/result.h"
#include "train/saved_state.h"

namespace bnexp::train {

// What a probe can read during a trial. Parameters, gradients and buffers are the model's.
struct ProbeContext {
  const config::TrialSpec& spec;
  model::Model& model;
  std::int64_t steps;          // planned
  torch::Tensor fixed_images;  // up to 1000 normalized validation images, or training images without a validation split
};

// One optimizer step; times in seconds.
struct Step {
  std::int64_t step = 0;  // from 1
  double loss = 0;        // of this step's batch, before the update
  std::int64_t samples = 0;
  double lr = 0;
  torch::Tensor images;  // (samples, channels, rows, columns), as the model got them; valid during the call
  torch::Tensor labels;  // (samples), int64; valid during the call
  double batch_s = 0;
  double forward_s = 0;
  double backward_s = 0;
  double optimizer_s = 0;  // 0 before the update
};

class Probe {
 public:
  virtual ~Probe() = default;
  // Called before the first step; not called when training continues from a saved state.
  virtual void on_begin(ProbeContext&) {}
  // Called before the update: each parameter's grad() is the optimizer's input, clipped if the trial clips.
  virtual void on_gradients(ProbeContext&, const Step&) {}
  // Called after the update.
  virtual void on_step(ProbeContext&, const Step&) {}
  // Called after the last step, also when the trial diverged.
  virtual void on_end(ProbeContext&) {}
  virtual Json result() const = 0;
  // True if the result differs between two runs of one trial; it is then written under `timing`.
  virtual bool varies() const { return false; }
  // The measurements so far; load() takes what save() returned, instead of on_begin.
  virtual SavedState save() const = 0;
  virtual void load(ProbeContext& context, const SavedState& state) = 0;
};

// Restores at the end of the scope what computing with a model may change: parameters, gradients, buffers, random
// generators and the mode. A forward in training mode updates running statistics, draws dropout masks and, with a
// data-dependent initialization, writes parameters.
class PreservedModel {
 public:
  explicit PreservedModel(model::Model& model);
  ~PreservedModel();
  PreservedModel(const PreservedModel&) = delete;
  PreservedModel& operator=(const PreservedModel&) = delete;

 private:
  struct Kept {
    torch::Tensor tensor;
    torch::Tensor values;
    torch::Tensor gradient;  // the original tensor, or undefined
    torch::Tensor gradient_values;
  };
  model::Model& model_;
  bool training_;
  std::vector<Kept> kept_;
  std::vector<std::pair<at::Generator, torch::Tensor>> generators_;
};

using ProbeMaker = std::function<std::unique_ptr<Probe>(const Json& settings)>;
void add_probe(const std::string& name, ProbeMaker maker);
std::unique_ptr<Probe> make_probe(const config::Variant& probe);

template <class Implementation, class Options>
bool add_probe(const std::string& name, config::About about) {
  config::Catalog::instance().add_options<Options>("probe", name, std::move(about));
  add_probe(name, [](const Json& settings) -> std::unique_ptr<Probe> {
    return std::make_unique<Implementation>(config::from_json<Options>(settings));
  });
  return true;
}

}  // namespace bnexp::train

// BNEXP_PROBE(loss_curve, LossCurve, LossCurveOptions, {.summary = ..., .formula = ..., .source = ...}).
#define BNEXP_PROBE(name, Implementation, Options, ...) \
  static const bool bnexp_probe_##name =                \
      ::bnexp::train::add_probe<Implementation, Options>(#name, ::bnexp::config::About __VA_ARGS__)
