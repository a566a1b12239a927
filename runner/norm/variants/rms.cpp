// RMS normalization in torch's form: the root mean square over all of a sample's trailing shape, one gamma per element.
// The mean is not subtracted, so layers keep their bias.
#include "norm/norm.h"

namespace bnexp::norm {
namespace {

struct RmsOptions {
  double eps = 1e-6;
  bool affine = true;

  void fields(config::Fields& f) {
    f.real("eps", eps, config::above(0), "added to the mean square before the square root");
    f.boolean("affine", affine, "learn gamma (from 1) per element of the sample");
  }
};

class RmsNorm final : public Norm {
 public:
  RmsNorm(const RmsOptions& options, const Slot& slot) : options_(options), shape_{slot.channels} {
    shape_.insert(shape_.end(), slot.spatial.begin(), slot.spatial.end());
    if (options.affine) weight_ = register_parameter("weight", torch::ones(shape_));
  }

  torch::Tensor forward(const torch::Tensor& x) override {
    const auto weight = options_.affine ? std::optional(weight_) : std::nullopt;
    return torch::rms_norm(x, shape_, weight, options_.eps);
  }

  bool replaces_bias() const override { return false; }

  TorchForm torch_form() const override { return TorchForm::forward; }

  std::optional<FusedForm> fused_form() const override {
    return FusedForm{.over = kernels::Statistics::group, .eps = options_.eps, .weight = weight_, .centred = false};
  }

 private:
  RmsOptions options_;
  std::vector<std::int64_t> shape_;
  torch::Tensor weight_;
};

BNEXP_NORM(rms, RmsNorm, RmsOptions,
           {.summary = "Divides each sample by its root mean square over all channels and positions.",
            .formula = "y = gamma * x / sqrt(E[x^2] + eps), E over (C, spatial) of one sample, gamma per element",
            .source = "Zhang & Sennrich 2019, arXiv:1910.07467"});

}  // namespace
}  // namespace bnexp::norm
