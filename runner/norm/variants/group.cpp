// Group normalization: mean and variance per sample over groups of channels and all positions, affine per channel.
#include <fmt/format.h>

#include "norm/norm.h"

namespace bnexp::norm {
namespace {

struct GroupOptions {
  std::int64_t groups = 8;
  double eps = 1e-5;
  bool affine = true;

  void fields(config::Fields& f) {
    f.integer("groups", groups, config::at_least(1), "number of groups; must divide the channels of every slot");
    f.real("eps", eps, config::above(0), "added to the variance before the square root");
    f.boolean("affine", affine, "learn gamma (from 1) and beta (from 0) per channel");
  }

  std::string refuses(const Slot& slot) const {
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

class GroupNorm final : public Norm {
 public:
  GroupNorm(const GroupOptions& options, const Slot& slot) : options_(options) {
    if (options.affine) {
      weight_ = register_parameter("weight", torch::ones({slot.channels}));
      bias_ = register_parameter("bias", torch::zeros({slot.channels}));
    }
  }

  torch::Tensor forward(const torch::Tensor& x) override {
    return torch::group_norm(x, options_.groups, weight_, bias_, options_.eps);
  }

  bool replaces_bias() const override { return options_.affine; }

  TorchForm torch_form() const override { return TorchForm::forward; }

  std::optional<FusedForm> fused_form() const override {
    return FusedForm{kernels::Statistics::group, options_.eps, weight_, bias_, options_.groups};
  }

 private:
  GroupOptions options_;
  torch::Tensor weight_;
  torch::Tensor bias_;
};

BNEXP_NORM(group, GroupNorm, GroupOptions,
           {.summary = "Normalizes each sample over groups of channels and all positions.",
            .formula = "y = gamma * (x - E[x]) / sqrt(Var[x] + eps) + beta, E and Var over (C/groups, spatial)",
            .source = "Wu & He 2018, arXiv:1803.08494"});

}  // namespace
}  // namespace bnexp::norm
