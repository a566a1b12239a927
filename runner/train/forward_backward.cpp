#include "train/forward_backward.h"

namespace bnexp::train {

torch::Tensor ForwardBackward::forward(const torch::Tensor& images) {
  plays_ = images.sizes() == at::IntArrayRef(chain_) && !model_.is_observed();
  if (plays_) {
    const torch::NoGradGuard no_grad;
    tape_.record();
    logits_ = model_.forward(images);
    tape_.stop(logits_);
  } else {
    tape_.trace();
    logits_ = model_.forward(images);
    chain_ = tape_.stop(logits_) ? images.sizes().vec() : std::vector<std::int64_t>();
  }
  return logits_;
}

void ForwardBackward::backward(const torch::Tensor& gradient) {
  if (plays_) {
    tape_.backward(gradient);
  } else {
    logits_.backward(gradient);
  }
  logits_.reset();
}

}  // namespace bnexp::train
