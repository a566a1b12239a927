#include "train/probe.h"

#include <stdexcept>

#include "base/registry.h"

namespace bnexp::train {
namespace {

Registry<ProbeMaker>& makers() {
  static Registry<ProbeMaker> registry;
  return registry;
}

}  // namespace

Preserve::Preserve(model::Model& model) : model_(model), training_(model.is_training()) {
  for (const auto& buffer : model.buffers()) buffers_.emplace_back(buffer, buffer.clone());
  for (const auto& generator : model.generators()) generators_.emplace_back(generator, generator.get_state());
}

Preserve::~Preserve() {
  const torch::NoGradGuard no_grad;
  for (auto& [buffer, saved] : buffers_) buffer.copy_(saved);
  for (auto& [generator, saved] : generators_) generator.set_state(saved);
  model_.train(training_);
}

void add_probe(const std::string& name, ProbeMaker maker) { makers().add(name, std::move(maker)); }

std::unique_ptr<Probe> make_probe(const config::Variant& probe) {
  const ProbeMaker* maker = makers().find(probe.name);
  if (maker == nullptr) throw std::logic_error("probe '" + probe.name + "' was never registered");
  return (*maker)(probe.settings);
}

}  // namespace bnexp::train
