// Something measured while a trial trains. One probe a file in experiments/, found by itself.
//
// A probe changes no bit of the training: what it computes on the model it does on a preserved state (see Preserve).
#pragma once

#include <torch/torch.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "config/settings/catalog.h"
#include "config/settings/spec.h"
#include "data/batches.h"
#include "model/model.h"

namespace bnexp::train {

// What a probe may look at.
struct Scene {
  const config::TrialSpec& spec;
  model::Model& model;
  std::int64_t steps;          // planned
  torch::Tensor fixed_images;  // up to 1000 normalized validation images, or training images where none are set aside
};

// One optimizer step that has just been taken; times in seconds.
struct Step {
  std::int64_t step;  // from 1
  double loss;        // of this step's batch, before the update
  std::int64_t samples;
  double lr;
  double batch_s;
  double forward_s;
  double backward_s;
  double optimizer_s;
};

class Probe {
 public:
  virtual ~Probe() = default;
  virtual void on_begin(Scene&) {}
  virtual void on_step(Scene&, const Step&) {}
  // After the last step, also when the trial diverged.
  virtual void on_end(Scene&) {}
  virtual Json result() const = 0;
  // True when the result differs between two runs of one trial: it is then kept under `timing`.
  virtual bool varies() const { return false; }
};

// Puts a model's mode, buffers and random generators back as they were. Evaluating in training mode moves running
// statistics and draws dropout's masks.
class Preserve {
 public:
  explicit Preserve(model::Model& model);
  ~Preserve();
  Preserve(const Preserve&) = delete;
  Preserve& operator=(const Preserve&) = delete;

 private:
  model::Model& model_;
  bool training_;
  std::vector<std::pair<torch::Tensor, torch::Tensor>> buffers_;
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
