// Batch normalization written to be readable: forward and backward in plain tensor operations, for (N, C), (N, C, L)
// and (N, C, H, W). `batch` is the same norm with LibTorch's kernel.
//
// Over one channel's values, with g = dy * gamma, xhat = (x - mean) / sigma, sigma = sqrt(var + eps):
//   training    dx = (g - E[g] - xhat * E[g * xhat]) / sigma      (mean and var depend on x)
//   evaluation  dx = g / sigma                                     (they don't)
//   both        dgamma = sum(dy * xhat), dbeta = sum(dy)
// The normalizing variance is biased; the running variance is unbiased, as in the paper's algorithm 2 and in PyTorch.
// Slides 2, 8 and 10 keep the biased one; `variance: biased` does so too.
#include "norm/batch_statistics.h"

namespace bnexp::norm {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct ReferenceOptions : BatchOptions {
  std::string variance = "unbiased";

  void fields(config::Fields& f) {
    BatchOptions::fields(f);
    f.choice("variance", variance, {"unbiased", "biased"},
             "which estimate of the batch variance goes into the running variance");
  }
};

struct Normalize : torch::autograd::Function<Normalize> {
  // about, off and var (C) are those of x's batch if `of_batch`, else constants; the mean is about + off, see Moments.
  static torch::Tensor forward(AutogradContext* ctx, const torch::Tensor& x, const torch::Tensor& gamma,
                               const torch::Tensor& beta, const torch::Tensor& about, const torch::Tensor& off,
                               const torch::Tensor& var, double eps, bool of_batch) {
    const torch::Tensor sigma = per_channel((var + eps).sqrt(), x);
    const torch::Tensor xhat = (x - per_channel(about, x) - per_channel(off, x)) / sigma;
    ctx->save_for_backward({xhat, sigma, gamma});
    ctx->saved_data["of_batch"] = of_batch;
    return per_channel(gamma, x) * xhat + per_channel(beta, x);
  }

  static variable_list backward(AutogradContext* ctx, variable_list gradients) {
    const variable_list saved = ctx->get_saved_variables();
    const torch::Tensor& xhat = saved[0];
    const torch::Tensor& sigma = saved[1];
    const torch::Tensor& dy = gradients[0];
    const auto dims = all_but_channels(xhat);
    const torch::Tensor g = dy * per_channel(saved[2], xhat);
    torch::Tensor dx = g / sigma;
    if (ctx->saved_data["of_batch"].toBool()) {
      dx = (g - g.mean(dims, true) - xhat * (g * xhat).mean(dims, true)) / sigma;
    }
    const torch::Tensor none;
    return {dx, (dy * xhat).sum(dims), dy.sum(dims), none, none, none, none, none};
  }
};

class BatchReference final : public BatchStatisticsNorm {
 public:
  BatchReference(const ReferenceOptions& options, const Slot& slot)
      : BatchStatisticsNorm(options, slot), is_biased_(options.variance == "biased") {}

  TorchForm torch_form() const override { return TorchForm::separate; }

  torch::Tensor forward(const torch::Tensor& x) override {
    const torch::Tensor gamma = options_.affine ? weight_ : torch::ones({x.size(1)}, x.options());
    const torch::Tensor beta = options_.affine ? bias_ : torch::zeros({x.size(1)}, x.options());
    if (!uses_batch()) {
      return Normalize::apply(x, gamma, beta, running_mean_, torch::zeros_like(running_mean_), running_var_,
                              options_.eps, false);
    }
    require_several_values(x);
    const Moments batch = moments(x);
    track(batch.mean(), is_biased_ ? batch.var : batch.unbiased_var(x));
    return Normalize::apply(x, gamma, beta, batch.about, batch.off, batch.var, options_.eps, true);
  }

 private:
  bool is_biased_;
};

BNEXP_NORM(batch_reference, BatchReference, ReferenceOptions,
           {.summary = "Batch normalization in plain tensor operations, forward and backward; written to be readable.",
            .formula = "y = gamma * (x - E[x]) / sqrt(Var[x] + eps) + beta, E and Var over (N, spatial)",
            .source = "Ioffe & Szegedy 2015, arXiv:1502.03167; slides 1, 2 and 8",
            .semantics = 1});

}  // namespace
}  // namespace bnexp::norm
