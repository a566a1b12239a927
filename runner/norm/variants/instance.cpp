// Instance normalization: mean and variance per sample and channel over the positions.
#include <fmt/format.h>

#include "norm/norm.h"

namespace bnexp::norm {
namespace {

struct InstanceOptions {
  double eps = 1e-5;
  bool affine = false;

  void fields(config::Fields& f) {
    f.real("eps", eps, config::above(0), "added to the variance before the square root");
    f.boolean("affine", affine, "learn gamma (from 1) and beta (from 0) per channel");
  }

  std::string refuses(const Slot& slot) const {
    if (slot.values_per_channel() > 1) return "";
    return fmt::format("instance norm averages over positions and {} has none: it follows a linear layer", slot.name);
  }
};

class InstanceNorm final : public Norm {
 public:
  InstanceNorm(const InstanceOptions& options, const Slot& slot) : options_(options), channels_(slot.channels) {
    if (options.affine) {
      weight_ = register_parameter("weight", torch::ones({slot.channels}));
      bias_ = register_parameter("bias", torch::zeros({slot.channels}));
    }
  }

  torch::Tensor forward(const torch::Tensor& x) override {
    return torch::instance_norm(x, weight_, bias_, {}, {}, /*use_input_stats=*/true, /*momentum=*/0, options_.eps,
                                /*cudnn_enabled=*/true);
  }

  // The mean over positions removes a constant per channel, affine or not.
  bool replaces_bias() const override { return true; }

  TorchForm torch_form() const override { return TorchForm::forward; }

  std::optional<FusedForm> fused_form() const override {
    return FusedForm{kernels::Statistics::group, options_.eps, weight_, bias_, channels_};
  }

 private:
  InstanceOptions options_;
  std::int64_t channels_;
  torch::Tensor weight_;
  torch::Tensor bias_;
};

BNEXP_NORM(instance, InstanceNorm, InstanceOptions,
           {.summary = "Normalizes each channel of each sample over its positions.",
            .formula = "y = gamma * (x - E[x]) / sqrt(Var[x] + eps) + beta, E and Var over (spatial) of one channel",
            .source = "Ulyanov, Vedaldi & Lempitsky 2016, arXiv:1607.08022"});

}  // namespace
}  // namespace bnexp::norm
