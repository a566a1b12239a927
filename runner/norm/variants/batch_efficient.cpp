// Batch normalization as a custom autograd function that saves its input and per-channel vectors for backward, and
// computes the normalized values again there. That is what slide 10 shows, not a saving: `batch` saves the same, one
// tensor of the input's size, and is several times as fast. `batch_inplace` saves less.
//
// Slide 10 saves both the input and the normalized values, and updates the running statistics inside the function. It
// also applies the training formula in evaluation, which is wrong there. Here the running statistics are updated
// outside of the function, and saved tensors are never written to.
#include "norm/batch_statistics.h"

namespace bnexp::norm {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct Efficient : torch::autograd::Function<Efficient> {
  // gamma, beta, about, off and rsigma = 1 / sqrt(var + eps) are (C); the mean is about + off, see Moments.
  static torch::Tensor forward(AutogradContext* ctx, const torch::Tensor& x, const torch::Tensor& gamma,
                               const torch::Tensor& beta, const torch::Tensor& about, const torch::Tensor& off,
                               const torch::Tensor& rsigma, bool of_batch) {
    ctx->save_for_backward({x, gamma, about, off, rsigma});
    ctx->saved_data["of_batch"] = of_batch;
    return scaled_about_mean(x, {about, off, {}}, gamma * rsigma, beta);
  }

  static variable_list backward(AutogradContext* ctx, variable_list gradients) {
    const variable_list saved = ctx->get_saved_variables();
    const torch::Tensor& x = saved[0];
    const torch::Tensor& rsigma = saved[4];
    const torch::Tensor& dy = gradients[0];
    const auto dims = all_but_channels(x);
    const torch::Tensor xhat = scaled_about_mean(x, {saved[2], saved[3], {}}, rsigma, torch::zeros_like(rsigma));
    const torch::Tensor dbeta = dy.sum(dims);
    const torch::Tensor dgamma = (dy * xhat).sum(dims);
    torch::Tensor dx = dy;
    if (ctx->saved_data["of_batch"].toBool()) {
      const auto n = static_cast<double>(values_per_channel(x));
      dx = dy - per_channel(dbeta / n, x) - xhat * per_channel(dgamma / n, x);
    }
    dx = dx * per_channel(saved[1] * rsigma, x);
    return {dx, dgamma, dbeta, {}, {}, {}, {}};
  }
};

class BatchEfficient final : public BatchStatisticsNorm {
 public:
  BatchEfficient(const BatchOptions& options, const Slot& slot) : BatchStatisticsNorm(options, slot) {}

  TorchForm torch_form() const override { return TorchForm::separate; }

  torch::Tensor forward(const torch::Tensor& x) override {
    const auto channels = x.size(1);
    const torch::Tensor gamma = weight_.defined() ? weight_ : torch::ones({channels}, x.options());
    const torch::Tensor beta = bias_.defined() ? bias_ : torch::zeros({channels}, x.options());
    if (!uses_batch()) {
      return Efficient::apply(x, gamma, beta, running_mean_.clone(), torch::zeros_like(running_mean_),
                              (running_var_ + options_.eps).rsqrt(), false);
    }
    require_several_values(x);
    const Moments batch = moments(x);
    track(batch.mean(), batch.unbiased_var(x));
    return Efficient::apply(x, gamma, beta, batch.about, batch.off, (batch.var + options_.eps).rsqrt(), true);
  }
};

BNEXP_NORM(
    batch_efficient, BatchEfficient, BatchOptions,
    {.summary = "Slide 10's custom autograd function for batch normalization; saves as much for backward as batch.",
     .formula = "y = gamma * (x - E[x]) / sqrt(Var[x] + eps) + beta; backward computes (x - E[x]) / sigma again",
     .source = "slide 10; Ioffe & Szegedy 2015, arXiv:1502.03167",
     .semantics = 1});

}  // namespace
}  // namespace bnexp::norm
