// EvoNorm-S0: a swish-like numerator over the standard deviation of a group of channels in one sample. It includes its
// activation and needs no batch. The deviation is about the mean, but the numerator keeps the mean.
#include <fmt/format.h>

#include "norm/batch_statistics.h"

namespace bnexp::norm {
namespace {

struct EvoNormS0Options {
  std::int64_t groups = 8;
  double eps = 1e-5;

  void fields(config::Fields& f) {
    f.integer("groups", groups, config::at_least(1), "number of groups; must divide the channels of every slot");
    f.real("eps", eps, config::above(0), "added to the variance before the square root");
  }

  std::string refuses(const Slot& slot) const {
    if (slot.activation != "relu") {
      return fmt::format("evonorm_s0 norm includes its activation and replaces a ReLU; {} has {}", slot.name,
                         slot.activation.empty() ? "none" : slot.activation);
    }
    if (slot.channels % groups != 0) {
      return fmt::format("groups {} doesn't divide the {} channels of {}", groups, slot.channels, slot.name);
    }
    if (slot.channels == groups && slot.values_per_channel() == 1) {
      return fmt::format("groups {} leaves one value per group in {}, which has {} channels and no positions", groups,
                         slot.name, slot.channels);
    }
    return "";
  }
};

class EvoNormS0 final : public Norm {
 public:
  EvoNormS0(const EvoNormS0Options& options, const Slot& slot)
      : options_(options), affine_shape_(1 + slot.spatial.size(), 1) {
    affine_shape_.front() = slot.channels;
    weight_ = register_parameter("weight", torch::ones({slot.channels}));
    bias_ = register_parameter("bias", torch::zeros({slot.channels}));
    slope_ = register_parameter("slope", torch::ones({slot.channels}));
  }

  torch::Tensor forward(const torch::Tensor& x) override {
    const torch::Tensor grouped = x.reshape({x.size(0), options_.groups, -1});
    const torch::Tensor var = centred(grouped, 2).square().mean(2, /*keepdim=*/true);
    const torch::Tensor rate = torch::rsqrt(var + options_.eps);
    const torch::Tensor swish = x * torch::sigmoid(slope_.view(affine_shape_) * x);
    return (swish.reshape(grouped.sizes()) * rate).reshape(x.sizes()) * weight_.view(affine_shape_) +
           bias_.view(affine_shape_);
  }

  bool replaces_bias() const override { return true; }
  bool replaces_activation() const override { return true; }

 private:
  EvoNormS0Options options_;
  std::vector<std::int64_t> affine_shape_;  // (C, 1...) against (N, C, spatial...)
  torch::Tensor weight_;
  torch::Tensor bias_;
  torch::Tensor slope_;
};

BNEXP_NORM(
    evonorm_s0, EvoNormS0, EvoNormS0Options,
    {.summary = "Divides a gated value by the standard deviation of its group in one sample; includes the activation.",
     .formula = "y = gamma * x * sigmoid(v * x) / sqrt(Var[x] + eps) + beta, Var over (C/groups, spatial)",
     .source = "Liu, Brock, Simonyan & Le 2020, arXiv:2004.02967",
     .semantics = 1});

}  // namespace
}  // namespace bnexp::norm
