#include "train/parameters.h"

#include <cstdint>

namespace bnexp::train {
namespace {

constexpr std::int64_t kAlignment = 16;  // values that every parameter starts at a multiple of: a cache line of floats

}  // namespace

Parameters::Parameters(model::Model& model, bool half) : parameters_(model.parameters()) {
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
    sinks_.add(parameters_[i], views_.back(), half ? part(half_) : torch::Tensor());
  }
  refresh();
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

}  // namespace bnexp::train
