// Mean-only batch normalization with weight normalization: the layer before computes with w = g * v / ||v||, one g per
// output channel; here the batch mean is subtracted and a shift is learned. Only the mean is tracked, because the scale
// is the weight's own. g starts as ||v||, so training starts from the same weights as with other norms.
#include "norm/batch_statistics.h"

namespace bnexp::norm {
namespace {

struct MeanOnlyOptions {
  double momentum = 0.1;

  void fields(config::Fields& f) {
    f.real("momentum", momentum, config::between(0, 1), "weight of the new batch in the running mean");
  }

  std::string refuses(const Slot& slot) const {
    if (slot.after_layer) return "";
    return "mean_only normalizes the weight of the layer before it, and there is no layer before " + slot.name;
  }
};

class MeanOnly final : public Norm {
 public:
  MeanOnly(const MeanOnlyOptions& options, const Slot& slot) : momentum_(options.momentum) {
    weight_g_ = register_parameter("weight_g", torch::ones({slot.channels}));
    bias_ = register_parameter("bias", torch::zeros({slot.channels}));
    running_mean_ = register_buffer("running_mean", torch::zeros({slot.channels}));
  }

  void begin(const torch::Tensor& w) override {
    const torch::NoGradGuard no_grad;
    weight_g_.copy_(w.flatten(1).norm(2, 1));
  }

  torch::Tensor weight(const torch::Tensor& w) override {
    const torch::Tensor g = outer(weight_g_, w);
    // On CUDA, _weight_norm rounds ||v|| to fp32 in double precision too.
    if (w.is_cuda() && w.scalar_type() == torch::kDouble) return w * (g / at::norm_except_dim(w, /*pow=*/2, /*dim=*/0));
    return at::_weight_norm(w, g, 0);
  }

  torch::Tensor forward(const torch::Tensor& x) override {
    if (!is_training()) return x - per_channel(running_mean_, x) + per_channel(bias_, x);
    require_several_values(x);
    {
      const torch::NoGradGuard no_grad;
      running_mean_.mul_(1 - momentum_).add_(x.mean(all_but_channels(x)), momentum_);
    }
    return centred(x, all_but_channels(x)) + per_channel(bias_, x);
  }

  bool replaces_bias() const override { return true; }

  std::optional<Affine> frozen() const override { return Affine{{}, bias_ - running_mean_}; }

 private:
  // (out) as (out, 1, ...).
  static torch::Tensor outer(const torch::Tensor& g, const torch::Tensor& w) {
    std::vector<std::int64_t> shape(static_cast<std::size_t>(w.dim()), 1);
    shape[0] = g.numel();
    return g.view(shape);
  }

  double momentum_;
  torch::Tensor weight_g_;
  torch::Tensor bias_;
  torch::Tensor running_mean_;
};

BNEXP_NORM(
    mean_only, MeanOnly, MeanOnlyOptions,
    {.summary = "Subtracts the batch mean; normalizes the weights of the layer before it instead of the variance.",
     .formula = "y = x - E[x] + beta, E over (N, spatial); w = g * v / ||v|| per output channel",
     .source = "Salimans & Kingma 2016, arXiv:1602.07868, section 4",
     .semantics = 1});

}  // namespace
}  // namespace bnexp::norm
