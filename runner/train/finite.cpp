#include "train/finite.h"

#include "train/kernels.h"

namespace bnexp::train {
namespace {

// "norm1.running_var" to {"norm1", "running_var"}.
NonFinite place_of(const std::string& name, const std::string& prefix = "") {
  const std::size_t dot = name.rfind('.');
  if (dot == std::string::npos) return {"", prefix + name};
  return {name.substr(0, dot), prefix + name.substr(dot + 1)};
}

class FirstNonFinite final : public model::Observer {
 public:
  void on_norm(const norm::Slot& slot, const torch::Tensor&, const torch::Tensor& after) override {
    on_layer(slot.name, after);
  }
  void on_layer(const std::string& name, const torch::Tensor& output) override {
    if (!found && !train::all_finite(output)) found = NonFinite{name, "output"};
  }
  std::optional<NonFinite> found;
};

}  // namespace

bool all_finite(const torch::Tensor& tensor) {
  if (tensor.is_floating_point() && tensor.device().is_cpu() && tensor.dtype() == torch::kFloat &&
      tensor.is_non_overlapping_and_dense()) {
    return all_finite(static_cast<const float*>(tensor.const_data_ptr()), tensor.numel());
  }
  return torch::isfinite(tensor).all().item<bool>();
}

FiniteCheck::FiniteCheck(model::Model& model) : model_(model) {
  for (const auto& item : model.named_parameters()) parameters_.emplace_back(item.key(), item.value());
  for (const auto& item : model.named_buffers()) {
    if (item.value().is_floating_point()) buffers_.emplace_back(item.key(), item.value());
  }
}

std::optional<NonFinite> FiniteCheck::in_buffers() const {
  for (const auto& [name, buffer] : buffers_) {
    if (!all_finite(buffer)) return place_of(name);
  }
  return std::nullopt;
}

std::optional<NonFinite> FiniteCheck::in_gradients() const {
  for (const auto& [name, parameter] : parameters_) {
    const torch::Tensor& gradient = parameter.grad();
    if (gradient.defined() && !all_finite(gradient)) return place_of(name, "grad of ");
  }
  return std::nullopt;
}

NonFinite FiniteCheck::origin_of_loss(const torch::Tensor& images) const {
  for (const auto& [name, parameter] : parameters_) {
    if (!all_finite(parameter)) return place_of(name);
  }
  const torch::NoGradGuard no_grad;
  FirstNonFinite first;
  const model::ScopedObserver observed(model_, first);
  model_.forward(images);
  return first.found.value_or(NonFinite{"loss", "output"});
}

}  // namespace bnexp::train
