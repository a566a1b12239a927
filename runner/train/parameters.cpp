#include "train/parameters.h"

#include <algorithm>
#include <cstdint>
#include <span>
#include <unordered_set>

#include "base/random.h"

namespace bnexp::train {
namespace {

constexpr std::int64_t kAlignment = 16;  // parameters start at multiples of this: a cache line of floats

// The parameters with weight decay, then the others; each in the model's order.
struct Order {
  std::vector<torch::Tensor> parameters;
  std::size_t decayed = 0;
};

Order order(const model::Model& model, Decayed decayed) {
  Order result{model.parameters(), 0};
  std::unordered_set<const at::TensorImpl*> of_norms;
  for (const auto& slot : model.norm_slots()) {
    for (const auto& parameter : slot.norm->parameters()) of_norms.insert(parameter.unsafeGetTensorImpl());
  }
  const auto decays = [&](const torch::Tensor& parameter) {
    return decayed == Decayed::all || (parameter.dim() > 1 && !of_norms.contains(parameter.unsafeGetTensorImpl()));
  };
  const auto others = std::stable_partition(result.parameters.begin(), result.parameters.end(), decays);
  result.decayed = static_cast<std::size_t>(others - result.parameters.begin());
  return result;
}

}  // namespace

Parameters::Parameters(model::Model& model, bool half, Decayed decayed) {
  auto [parameters, first_undecayed] = order(model, decayed);
  parameters_ = std::move(parameters);
  std::vector<std::int64_t> offsets;
  std::int64_t size = 0;
  for (const auto& parameter : parameters_) {
    offsets.push_back(size);
    size += (parameter.numel() + kAlignment - 1) / kAlignment * kAlignment;
  }
  const auto options = parameters_.empty() ? torch::TensorOptions() : parameters_.front().options();
  values_ = torch::zeros({size}, options.requires_grad(false));
  gradients_ = torch::zeros_like(values_);
  if (half) half_ = torch::zeros_like(values_, torch::kBFloat16);
  const torch::NoGradGuard no_grad;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const auto part = [&](const torch::Tensor& whole) {
      return whole.narrow(0, offsets[i], parameters_[i].numel()).view(parameters_[i].sizes());
    };
    const torch::Tensor place = part(values_);
    place.copy_(parameters_[i]);
    parameters_[i].set_data(place);
    views_.push_back(part(gradients_));
    gradient_buffers_.add(parameters_[i], views_.back(), half ? part(half_) : torch::Tensor());
  }
  refresh();
  if (first_undecayed == parameters_.size()) {
    ranges_ = {{values_, gradients_, true}};
    return;
  }
  const std::int64_t border = offsets[first_undecayed];
  if (border > 0) ranges_.push_back({values_.narrow(0, 0, border), gradients_.narrow(0, 0, border), true});
  ranges_.push_back({values_.narrow(0, border, size - border), gradients_.narrow(0, border, size - border), false});
}

void Parameters::clear() {
  for (auto& parameter : parameters_) parameter.mutable_grad().reset();
}

void Parameters::gather() {
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    torch::Tensor& grad = parameters_[i].mutable_grad();
    if (!grad.defined()) {
      views_[i].zero_();
    } else if (grad.const_data_ptr() != views_[i].const_data_ptr()) {
      views_[i].copy_(grad);
    }
    grad = views_[i];
  }
}

void Parameters::refresh() {
  if (half_.defined()) half_.copy_(values_);
}

void Parameters::perturb(std::uint64_t seed) {
  const double size = half_.defined() ? 0x1p-9 : 0x1p-23;
  Random random(seed, "perturbation");
  const torch::Tensor factors = torch::empty({values_.numel()}, torch::kDouble);
  for (double& factor : std::span(factors.mutable_data_ptr<double>(), static_cast<std::size_t>(factors.numel()))) {
    factor = random.below(2) == 0 ? 1 + size : 1 - size;
  }
  values_.mul_(factors.to(values_.options()));
  refresh();
}

}  // namespace bnexp::train
