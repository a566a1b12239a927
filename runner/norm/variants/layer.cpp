// Layer normalization in torch's form: mean and variance over all of a sample's trailing shape, with one gamma and beta
// per element. On images this is not group normalization with one group, whose gamma and beta are per channel.
#include "norm/norm.h"

namespace bnexp::norm {
namespace {

struct LayerOptions {
  double eps = 1e-5;
  bool affine = true;

  void fields(config::Fields& f) {
    f.real("eps", eps, config::above(0), "added to the variance before the square root");
    f.boolean("affine", affine, "learn gamma (from 1) and beta (from 0) per element of the sample");
  }
};

class LayerNorm final : public Norm {
 public:
  LayerNorm(const LayerOptions& options, const Slot& slot) : options_(options), shape_{slot.channels} {
    shape_.insert(shape_.end(), slot.spatial.begin(), slot.spatial.end());
    if (options.affine) {
      weight_ = register_parameter("weight", torch::ones(shape_));
      bias_ = register_parameter("bias", torch::zeros(shape_));
    }
  }

  torch::Tensor forward(const torch::Tensor& x) override {
    return torch::layer_norm(x, shape_, weight_, bias_, options_.eps);
  }

  bool replaces_bias() const override { return options_.affine; }

  TorchForm torch_form() const override { return TorchForm::forward; }

  std::optional<FusedForm> fused_form() const override {
    return FusedForm{kernels::Statistics::group, options_.eps, weight_, bias_};
  }

 private:
  LayerOptions options_;
  std::vector<std::int64_t> shape_;
  torch::Tensor weight_;
  torch::Tensor bias_;
};

BNEXP_NORM(layer, LayerNorm, LayerOptions,
           {.summary = "Normalizes each sample over all its channels and positions, with affine terms per element.",
            .formula = "y = gamma * (x - E[x]) / sqrt(Var[x] + eps) + beta, E and Var over (C, spatial) of one sample",
            .source = "Ba, Kiros & Hinton 2016, arXiv:1607.06450"});

}  // namespace
}  // namespace bnexp::norm
