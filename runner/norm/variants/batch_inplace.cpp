// Batch normalization with a leaky ReLU in one function that saves only its output: backward recovers the normalized
// values from it, xhat = (act^-1(z) - beta) / gamma. That needs an invertible activation and a gamma away from 0, hence
// leaky ReLU (slope 0.01) and gamma = |w| + eps. The input isn't saved, so the layer before may free it. Weights can't
// be used for `batch`, whose gamma may be negative.
#include "norm/batch_statistics.h"

namespace bnexp::norm {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr double kSlope = 0.01;

struct InplaceOptions {
  double eps = 1e-5;
  std::optional<double> momentum = 0.1;

  void fields(config::Fields& f) {
    f.real("eps", eps, config::above(0), "added to the variance before the square root, and to |w|");
    f.optional_real("momentum", momentum, config::between(0, 1),
                    "weight of the new batch in the running statistics; null: plain average over all batches so far");
  }

  std::string refuses(const Slot& slot) const {
    if (slot.activation == "relu" || slot.activation == "leaky_relu") return "";
    return "batch_inplace includes a leaky ReLU, and " + slot.name + " is followed by " +
           (slot.activation.empty() ? "no activation" : slot.activation);
  }
};

struct Activated : torch::autograd::Function<Activated> {
  // gamma > 0, beta, about, off and rsigma = 1 / sqrt(var + eps) are (C); the mean is about + off, see Moments.
  static torch::Tensor forward(AutogradContext* ctx, const torch::Tensor& x, const torch::Tensor& gamma,
                               const torch::Tensor& beta, const torch::Tensor& about, const torch::Tensor& off,
                               const torch::Tensor& rsigma, bool of_batch) {
    torch::Tensor z = scaled_about_mean(x, {about, off, {}}, gamma * rsigma, beta);
    torch::leaky_relu_(z, kSlope);
    ctx->save_for_backward({z, gamma, beta, rsigma});
    ctx->saved_data["of_batch"] = of_batch;
    return z;
  }

  static variable_list backward(AutogradContext* ctx, variable_list gradients) {
    const variable_list saved = ctx->get_saved_variables();
    const torch::Tensor& z = saved[0];
    const torch::Tensor& gamma = saved[1];
    const auto dims = all_but_channels(z);
    const torch::Tensor y = torch::leaky_relu(z, 1 / kSlope);
    const torch::Tensor xhat = (y - per_channel(saved[2], z)).div_(per_channel(gamma, z));
    const torch::Tensor dy = torch::where(z > 0, gradients[0], gradients[0] * kSlope);
    const torch::Tensor dbeta = dy.sum(dims);
    const torch::Tensor dgamma = (dy * xhat).sum(dims);
    torch::Tensor dx = dy;
    if (ctx->saved_data["of_batch"].toBool()) {
      const auto n = static_cast<double>(values_per_channel(z));
      dx = dy - per_channel(dbeta / n, z) - xhat * per_channel(dgamma / n, z);
    }
    const torch::Tensor none;
    return {dx * per_channel(gamma * saved[3], z), dgamma, dbeta, none, none, none, none};
  }
};

class BatchInplace final : public BatchStatisticsNorm {
 public:
  BatchInplace(const InplaceOptions& options, const Slot& slot)
      : BatchStatisticsNorm({.eps = options.eps, .momentum = options.momentum}, slot) {}

  bool replaces_activation() const override { return true; }

  torch::Tensor forward(const torch::Tensor& x) override {
    const torch::Tensor gamma = weight_.abs() + options_.eps;
    if (!uses_batch()) {
      return Activated::apply(x, gamma, bias_, running_mean_.clone(), torch::zeros_like(running_mean_),
                              (running_var_ + options_.eps).rsqrt(), false);
    }
    require_several_values(x);
    const Moments batch = moments(x);
    track(batch.mean(), batch.unbiased_var(x));
    return Activated::apply(x, gamma, bias_, batch.about, batch.off, (batch.var + options_.eps).rsqrt(), true);
  }

  // Evaluation includes the activation, so it is no fixed affine map.
  std::optional<Affine> frozen() const override { return std::nullopt; }
};

BNEXP_NORM(batch_inplace, BatchInplace, InplaceOptions,
           {.summary = "Fused batch normalization and leaky ReLU; saves only its output for backward.",
            .formula = "z = leaky_relu((|w| + eps) * (x - E[x]) / sqrt(Var[x] + eps) + beta, 0.01)",
            .source = "Rota Bulo, Porzi & Kontschieder 2018, arXiv:1712.02616",
            .semantics = 1});

}  // namespace
}  // namespace bnexp::norm
