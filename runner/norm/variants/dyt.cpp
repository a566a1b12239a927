// Dynamic tanh: an element-wise function that replaces a norm and averages nothing. A constant before the tanh is not
// the same as one after it, so layers keep their bias.
#include "norm/norm.h"

namespace bnexp::norm {
namespace {

struct DytOptions {
  double alpha = 0.5;

  void fields(config::Fields& f) {
    f.real("alpha", alpha, config::above(0), "initial value of the learned factor inside the tanh");
  }
};

class DynamicTanh final : public Norm {
 public:
  DynamicTanh(const DytOptions& options, const Slot& slot) : affine_shape_(1 + slot.spatial.size(), 1) {
    affine_shape_.front() = slot.channels;
    alpha_ = register_parameter("alpha", torch::full({}, options.alpha));
    weight_ = register_parameter("weight", torch::ones({slot.channels}));
    bias_ = register_parameter("bias", torch::zeros({slot.channels}));
  }

  torch::Tensor forward(const torch::Tensor& x) override {
    return weight_.view(affine_shape_) * torch::tanh(alpha_ * x) + bias_.view(affine_shape_);
  }

  bool replaces_bias() const override { return false; }

 private:
  std::vector<std::int64_t> affine_shape_;  // (C, 1...) against (N, C, spatial...)
  torch::Tensor alpha_;
  torch::Tensor weight_;
  torch::Tensor bias_;
};

BNEXP_NORM(dyt, DynamicTanh, DytOptions,
           {.summary = "Applies a tanh with a learned slope to each value, with affine terms per channel.",
            .formula = "y = gamma * tanh(alpha * x) + beta, alpha one number, gamma and beta per channel",
            .source = "Zhu, Chen, He, LeCun & Liu 2025, arXiv:2503.10622"});

}  // namespace
}  // namespace bnexp::norm
