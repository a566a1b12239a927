// Batch normalization with another norm than the second: the mean is subtracted, then the values are divided by the
// mean absolute value (p = 1), the root mean square (p = 2) or the largest absolute value (p = inf) over the batch.
//
// `norm_of` sets which values the norm is of. Santurkar et al. take the input, before the mean is subtracted: norm_of:
// input. Hoffer et al. define their L1 batch normalization with the centred values: norm_of: centred. That is the
// default, because then p = 2 is batch normalization (except for the place of eps), and the output doesn't depend on a
// constant that is added to a channel. With the norm of the input, a channel whose mean is large compared with its
// deviation becomes nearly constant.
//
// With `rescale` the L1 form is multiplied by sqrt(2 / pi), so that centred Gaussian values get deviation 1 for p = 1
// as for p = 2. The largest value of a batch grows with the number of values. p = inf therefore isn't rescaled, gives
// smaller values, and its running estimate is valid only for its batch size.
#include <cmath>

#include "norm/batch_statistics.h"

namespace bnexp::norm {
namespace {

struct LpOptions {
  std::string p = "1";
  std::string norm_of = "centred";
  bool rescale = true;
  double eps = 1e-5;
  double momentum = 0.1;

  void fields(config::Fields& f) {
    f.choice("p", p, {"1", "2", "inf"}, "order of the norm that divides the values");
    f.introduced("centred").choice("norm_of", norm_of, {"centred", "input"},
                                   "values whose norm is the divisor: the input after its mean is subtracted (Hoffer "
                                   "et al. 2018), or before (Santurkar et al. 2018)");
    f.boolean("rescale", rescale, "p = 1: divide by sqrt(pi / 2) times the mean absolute value");
    f.real("eps", eps, config::above(0), "added to the divisor");
    f.real("momentum", momentum, config::between(0, 1), "weight of the new batch in the running statistics");
  }
};

class Lp final : public Norm {
 public:
  Lp(const LpOptions& options, const Slot& slot) : options_(options) {
    weight_ = register_parameter("weight", torch::ones({slot.channels}));
    bias_ = register_parameter("bias", torch::zeros({slot.channels}));
    running_mean_ = register_buffer("running_mean", torch::zeros({slot.channels}));
    running_scale_ = register_buffer("running_scale", torch::ones({slot.channels}));
  }

  torch::Tensor forward(const torch::Tensor& x) override {
    if (!is_training()) {
      const torch::Tensor scale = weight_ / (running_scale_ + options_.eps);
      return torch::addcmul(per_channel(bias_, x), x - per_channel(running_mean_, x), per_channel(scale, x));
    }
    require_several_values(x);
    const auto dims = all_but_channels(x);
    const torch::Tensor rest = centred(x, dims);
    const torch::Tensor scale = divisor(options_.norm_of == "input" ? x : rest);
    {
      const torch::NoGradGuard no_grad;
      running_mean_.mul_(1 - options_.momentum).add_(x.mean(dims), options_.momentum);
      running_scale_.mul_(1 - options_.momentum).add_(scale, options_.momentum);
    }
    const torch::Tensor xhat = rest / per_channel(scale + options_.eps, x);
    return torch::addcmul(per_channel(bias_, x), xhat, per_channel(weight_, x));
  }

  bool replaces_bias() const override { return true; }

  std::optional<Affine> frozen() const override {
    const torch::Tensor scale = weight_ / (running_scale_ + options_.eps);
    return Affine{scale, bias_ - running_mean_ * scale};
  }

 private:
  torch::Tensor divisor(const torch::Tensor& values) const {
    const auto dims = all_but_channels(values);
    if (options_.p == "inf") return values.abs().amax(dims);
    if (options_.p == "2") {  // whose gradient at 0 is 0, where that of a square root isn't finite
      return torch::linalg_vector_norm(values, 2, dims) / std::sqrt(static_cast<double>(values_per_channel(values)));
    }
    return values.abs().mean(dims) * (options_.rescale ? std::sqrt(std::acos(-1.0) / 2) : 1);
  }

  LpOptions options_;
  torch::Tensor weight_;
  torch::Tensor bias_;
  torch::Tensor running_mean_;
  torch::Tensor running_scale_;
};

BNEXP_NORM(
    lp, Lp, LpOptions,
    {.summary = "Batch normalization that divides by the mean absolute, root mean square or largest absolute value.",
     .formula = "y = gamma * (x - E[x]) / (s + eps) + beta, s = sqrt(pi/2) * E|u| for p = 1, u = x - E[x] or x",
     .source = "Santurkar et al. 2018, arXiv:1805.11604; Hoffer et al. 2018, arXiv:1803.01814",
     .semantics = 1});

}  // namespace
}  // namespace bnexp::norm
