#include "train/finite.h"

#include "train/kernels.h"

namespace bnexp::train {
namespace {

// "norm1.running_var" to {"norm1", "running_var"}.
Culprit culprit(const std::string& name, const std::string& prefix = "") {
  const std::size_t dot = name.rfind('.');
  if (dot == std::string::npos) return {"", prefix + name};
  return {name.substr(0, dot), prefix + name.substr(dot + 1)};
}

class FirstBad final : public model::Observer {
 public:
  void on_norm(const norm::Slot& slot, const torch::Tensor&, const torch::Tensor& after) override {
    on_layer(slot.name, after);
  }
  void on_layer(const std::string& name, const torch::Tensor& output) override {
    if (!found && !train::all_finite(output)) found = Culprit{name, "output"};
  }
  std::optional<Culprit> found;
};

}  // namespace

bool all_finite(const torch::Tensor& tensor) {
  if (tensor.is_floating_point() && tensor.device().is_cpu() && tensor.dtype() == torch::kFloat &&
      tensor.is_non_overlapping_and_dense()) {
    return all_finite(static_cast<const float*>(tensor.const_data_ptr()), tensor.numel());
  }
  return torch::isfinite(tensor).all().item<bool>();
}

Watch::Watch(model::Model& model) : model_(model) {
  for (const auto& item : model.named_parameters()) parameters_.emplace_back(item.key(), item.value());
  for (const auto& item : model.named_buffers()) {
    if (item.value().is_floating_point()) buffers_.emplace_back(item.key(), item.value());
  }
}

std::optional<Culprit> Watch::bad_buffer() const {
  for (const auto& [name, buffer] : buffers_) {
    if (!all_finite(buffer)) return culprit(name);
  }
  return std::nullopt;
}

std::optional<Culprit> Watch::bad_gradient() const {
  for (const auto& [name, parameter] : parameters_) {
    const torch::Tensor& gradient = parameter.grad();
    if (gradient.defined() && !all_finite(gradient)) return culprit(name, "grad of ");
  }
  return std::nullopt;
}

Culprit Watch::origin_of_bad_loss(const torch::Tensor& images) const {
  for (const auto& [name, parameter] : parameters_) {
    if (!all_finite(parameter)) return culprit(name);
  }
  const torch::NoGradGuard no_grad;
  FirstBad first;
  model_.observe(&first);
  model_.forward(images);
  model_.observe(nullptr);
  return first.found.value_or(Culprit{"loss", "output"});
}

}  // namespace bnexp::train
