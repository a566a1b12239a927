#include "train/probe.h"

#include <stdexcept>

#include "base/registry.h"

namespace bnexp::train {
namespace {

Registry<ProbeMaker>& probe_makers() {
  static Registry<ProbeMaker> registry;
  return registry;
}

}  // namespace

PreservedModel::PreservedModel(model::Model& model) : model_(model), training_(model.is_training()) {
  const torch::NoGradGuard no_grad;
  for (const auto& parameter : model.parameters()) {
    const torch::Tensor& gradient = parameter.grad();
    kept_.push_back({parameter, parameter.clone(), gradient, gradient.defined() ? gradient.clone() : gradient});
  }
  for (const auto& buffer : model.buffers()) kept_.push_back({buffer, buffer.clone(), {}, {}});
  for (const auto& generator : model.generators()) generators_.emplace_back(generator, generator.get_state());
}

PreservedModel::~PreservedModel() {
  const torch::NoGradGuard no_grad;
  for (auto& kept : kept_) {
    kept.tensor.copy_(kept.values);
    if (kept.gradient.defined()) kept.gradient.copy_(kept.gradient_values);
    if (kept.tensor.grad().unsafeGetTensorImpl() != kept.gradient.unsafeGetTensorImpl()) {
      kept.tensor.mutable_grad() = kept.gradient;
    }
  }
  for (auto& [generator, state] : generators_) generator.set_state(state);
  model_.train(training_);
}

void add_probe(const std::string& name, ProbeMaker maker) { probe_makers().add(name, std::move(maker)); }

std::unique_ptr<Probe> make_probe(const config::Variant& probe) {
  const ProbeMaker* maker = probe_makers().find(probe.name);
  if (maker == nullptr) throw std::logic_error("probe '" + probe.name + "' is not registered");
  return (*maker)(probe.settings);
}

}  // namespace bnexp::train
