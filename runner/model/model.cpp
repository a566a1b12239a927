#include "model/model.h"

#include <cmath>
#include <stdexcept>
#include <utility>

#include "base/random.h"
#include "base/registry.h"
#include "model/layers.h"

namespace bnexp::model {
namespace {

Registry<Kind>& kinds() {
  static Registry<Kind> registry;
  return registry;
}

const Kind& kind(const std::string& name) {
  const Kind* found = kinds().find(name);
  if (found == nullptr) throw std::logic_error("model '" + name + "' was never registered");
  return *found;
}

void draw_uniform(torch::Tensor& parameter, double bound, std::uint64_t seed, const std::string& name) {
  if (!parameter.defined()) return;
  Random random(seed, "init/" + name);
  float* values = parameter.data_ptr<float>();
  for (std::int64_t i = 0; i < parameter.numel(); ++i) values[i] = static_cast<float>(random.uniform(-bound, bound));
}

template <class Layer>
void initialize_layer(Layer& layer, const std::string& name, std::uint64_t seed) {
  const double bound = 1 / std::sqrt(static_cast<double>(layer.weight.numel() / layer.weight.size(0)));
  draw_uniform(layer.weight, bound, seed, name + ".weight");
  draw_uniform(layer.bias, bound, seed, name + ".bias");
}

}  // namespace

void Model::add_norms(const std::vector<norm::Slot>& slots, const config::Variant& norm) {
  for (const auto& slot : slots) norm_slots_.push_back({slot, register_module(slot.name, norm::make(norm, slot))});
}

const Model::NormSlot* Model::find_slot(const std::string& name) const {
  for (const auto& slot : norm_slots_) {
    if (slot.slot.name == name) return &slot;
  }
  return nullptr;
}

bool Model::needs_bias(const std::string& slot) const {
  const NormSlot* found = find_slot(slot);
  return found == nullptr || !found->norm->replaces_bias();
}

torch::Tensor Model::normalize(const std::string& slot, const torch::Tensor& x) const {
  const NormSlot* found = find_slot(slot);
  if (found == nullptr) return x;
  torch::Tensor y = found->norm->forward(x);
  if (observer_ != nullptr) observer_->on_norm(found->slot, x, y);
  return y;
}

torch::Tensor Model::seen(const std::string& layer, torch::Tensor output) const {
  if (observer_ != nullptr) observer_->on_layer(layer, output);
  return output;
}

void initialize(Model& model, std::uint64_t seed) {
  for (const auto& item : model.named_modules()) {
    if (auto* conv = dynamic_cast<Conv2d*>(item.value().get())) initialize_layer(*conv, item.key(), seed);
    if (auto* linear = dynamic_cast<Linear*>(item.value().get())) initialize_layer(*linear, item.key(), seed);
  }
}

void add(const std::string& name, Kind entry) { kinds().add(name, std::move(entry)); }

std::shared_ptr<Model> make(const config::Variant& model, const Input& input, const config::Variant& norm) {
  return kind(model.name).make(model.settings, input, norm);
}

std::vector<norm::Slot> slots(const config::Variant& model, const Input& input) {
  return kind(model.name).slots(model.settings, input);
}

}  // namespace bnexp::model
