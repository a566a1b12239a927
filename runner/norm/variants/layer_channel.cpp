// The norm that vision code often calls layer normalization: mean and variance over all of a sample, as in `layer`, but
// one gamma and beta per channel instead of one per element. It is group normalization with one group. Giving torch's
// LayerNorm only the channels, as slide 13 does, fails on images.
#include <fmt/format.h>

#include "norm/norm.h"

namespace bnexp::norm {
namespace {

struct LayerChannelOptions {
  double eps = 1e-5;
  bool affine = true;

  void fields(config::Fields& f) {
    f.real("eps", eps, config::above(0), "added to the variance before the square root");
    f.boolean("affine", affine, "learn gamma (from 1) and beta (from 0) per channel");
  }

  std::string refuses(const Slot& slot) const {
    if (slot.channels * slot.values_per_channel() > 1) return "";
    return fmt::format("layer_channel norm averages over a sample and {} has one value per sample", slot.name);
  }
};

class LayerChannelNorm final : public Norm {
 public:
  LayerChannelNorm(const LayerChannelOptions& options, const Slot& slot) : options_(options) {
    if (options.affine) {
      weight_ = register_parameter("weight", torch::ones({slot.channels}));
      bias_ = register_parameter("bias", torch::zeros({slot.channels}));
    }
  }

  torch::Tensor forward(const torch::Tensor& x) override {
    return torch::group_norm(x, /*num_groups=*/1, weight_, bias_, options_.eps);
  }

  bool replaces_bias() const override { return options_.affine; }

  TorchForm torch_form() const override { return TorchForm::forward; }

  std::optional<FusedForm> fused_form() const override {
    return FusedForm{kernels::Statistics::group, options_.eps, weight_, bias_};
  }

 private:
  LayerChannelOptions options_;
  torch::Tensor weight_;
  torch::Tensor bias_;
};

BNEXP_NORM(layer_channel, LayerChannelNorm, LayerChannelOptions,
           {.summary = "Normalizes each sample as layer does, but with affine terms per channel, not per element.",
            .formula = "y = gamma * (x - E[x]) / sqrt(Var[x] + eps) + beta, E and Var over (C, spatial) of one sample, "
                       "gamma and beta per channel",
            .source = "Wu & He 2018, arXiv:1803.08494, with one group"});

}  // namespace
}  // namespace bnexp::norm
