// Filter response normalization with its thresholded linear unit, which replaces the ReLU after it. The mean square is
// of one channel of one sample over its positions. With one value per channel, x / sqrt(x^2 + eps) is close to the sign
// of x, and how close is learned: there eps is a parameter per channel, used by its absolute value.
#include <fmt/format.h>

#include "norm/norm.h"

namespace bnexp::norm {
namespace {

struct FrnOptions {
  double eps = 1e-6;

  void fields(config::Fields& f) {
    f.real("eps", eps, config::above(0),
           "added to the mean square before the square root; the initial value of a learned eps in slots with one "
           "value per channel");
  }

  std::string refuses(const Slot& slot) const {
    if (slot.activation == "relu") return "";
    return fmt::format("frn norm includes its activation and replaces a ReLU; {} has {}", slot.name,
                       slot.activation.empty() ? "none" : slot.activation);
  }
};

class FilterResponseNorm final : public Norm {
 public:
  FilterResponseNorm(const FrnOptions& options, const Slot& slot)
      : options_(options), affine_shape_(1 + slot.spatial.size(), 1) {
    affine_shape_.front() = slot.channels;
    for (std::size_t i = 0; i < slot.spatial.size(); ++i) positions_.push_back(static_cast<std::int64_t>(i) + 2);
    weight_ = register_parameter("weight", torch::ones({slot.channels}));
    bias_ = register_parameter("bias", torch::zeros({slot.channels}));
    threshold_ = register_parameter("threshold", torch::zeros({slot.channels}));
    if (slot.values_per_channel() == 1) eps_ = register_parameter("eps", torch::full({slot.channels}, options.eps));
  }

  torch::Tensor forward(const torch::Tensor& x) override {
    const torch::Tensor square = positions_.empty() ? x.square() : x.square().mean(positions_, /*keepdim=*/true);
    const torch::Tensor rate =
        torch::rsqrt(eps_.defined() ? square + eps_.view(affine_shape_).abs() : square + options_.eps);
    const torch::Tensor y = weight_.view(affine_shape_) * x * rate + bias_.view(affine_shape_);
    const torch::Tensor threshold = threshold_.view(affine_shape_);
    // Not maximum(), which halves the gradient where both are equal.
    return torch::where(y > threshold, y, threshold);
  }

  bool replaces_bias() const override { return true; }
  bool replaces_activation() const override { return true; }

 private:
  FrnOptions options_;
  std::vector<std::int64_t> affine_shape_;  // (C, 1...) against (N, C, spatial...)
  std::vector<std::int64_t> positions_;     // dimensions of the positions
  torch::Tensor weight_;
  torch::Tensor bias_;
  torch::Tensor threshold_;
  torch::Tensor eps_;  // if it is learned
};

BNEXP_NORM(frn, FilterResponseNorm, FrnOptions,
           {.summary = "Divides each channel of each sample by its root mean square, then applies a learned threshold; "
                       "includes the activation.",
            .formula = "y = max(gamma * x / sqrt(E[x^2] + |eps|) + beta, tau), E over (spatial) of one channel",
            .source = "Singh & Krishnan 2019, arXiv:1911.09737"});

}  // namespace
}  // namespace bnexp::norm
