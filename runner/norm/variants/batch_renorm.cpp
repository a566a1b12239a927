// Batch renormalization: training corrects the batch's statistics towards the running ones, so that the trained network
// is the evaluated one. r and d are constants for backward. Until `warmup_steps`, r = 1 and d = 0. Then the limits of r
// and d grow linearly from 1 and 0, and reach r_max at r_full_step and d_max at d_full_step.
//
// The paper's Algorithm 1 averages deviations, sigma_run += momentum * (sqrt(Var + eps) - sigma_run) with the biased
// Var: `average: deviation`. Implementations such as TensorFlow's average the unbiased variance as batch normalization
// does: `average: variance`, the default. The mean of deviations is below the root of the mean variance, more so for
// smaller batches, and it already includes eps. The buffer running_var is sigma_run^2 - eps in both cases, so that
// evaluation and folding are the same.
#include <algorithm>

#include "norm/batch_statistics.h"

namespace bnexp::norm {
namespace {

struct RenormOptions {
  double eps = 1e-3;
  double momentum = 0.01;
  double r_max = 3;
  double d_max = 5;
  std::string average = "variance";
  std::int64_t warmup_steps = 5000;
  std::int64_t r_full_step = 40000;
  std::int64_t d_full_step = 25000;

  void fields(config::Fields& f) {
    f.real("eps", eps, config::above(0), "added to the variance before the square root");
    f.real("momentum", momentum, config::between(0, 1), "weight of the new batch in the running statistics");
    f.real("r_max", r_max, config::at_least(1), "r is kept within 1 / r_max and r_max");
    f.real("d_max", d_max, config::at_least(0), "d is kept within -d_max and d_max");
    f.introduced("variance")
        .choice("average", average, {"variance", "deviation"},
                "what the running statistics average: the unbiased variance, or the deviation sqrt(Var + eps), as in "
                "the paper's Algorithm 1");
    f.integer("warmup_steps", warmup_steps, config::at_least(0), "training steps of plain batch normalization");
    f.integer("r_full_step", r_full_step, config::at_least(0), "step at which the limit reaches r_max");
    f.integer("d_full_step", d_full_step, config::at_least(0), "step at which the limit reaches d_max");
  }
};

class BatchRenorm final : public BatchStatisticsNorm {
 public:
  BatchRenorm(const RenormOptions& options, const Slot& slot)
      : BatchStatisticsNorm({.eps = options.eps, .momentum = options.momentum}, slot), renorm_(options) {}

  torch::Tensor forward(const torch::Tensor& x) override {
    if (!is_training()) return evaluated(x);
    require_several_values(x);
    const auto step = batches_.item<std::int64_t>();
    const double r_max = 1 + (renorm_.r_max - 1) * ramp(step, renorm_.r_full_step);
    const double d_max = renorm_.d_max * ramp(step, renorm_.d_full_step);
    const Moments batch = moments(x);
    const torch::Tensor sigma = (running_var_ + options_.eps).sqrt();
    const torch::Tensor batch_sigma = (batch.var + options_.eps).sqrt();
    const torch::Tensor r = (batch_sigma / sigma).clamp(1 / r_max, r_max);
    const torch::Tensor d = ((batch.about - running_mean_ + batch.off) / sigma).clamp(-d_max, d_max);
    if (renorm_.average == "deviation") {
      track_deviation(batch.mean(), sigma, batch_sigma);
    } else {
      track(batch.mean(), batch.unbiased_var(x));
    }
    const torch::Tensor t = batch_normalized(x, batch, {{}, {}, options_.eps});
    return scale_and_shift(torch::addcmul(per_channel(d, x), t, per_channel(r, x)));
  }

 private:
  void track_deviation(const torch::Tensor& mean, const torch::Tensor& sigma, const torch::Tensor& batch_sigma) {
    const torch::NoGradGuard no_grad;
    const double factor = next_factor();
    running_mean_.mul_(1 - factor).add_(mean, factor);
    running_var_.copy_((sigma + factor * (batch_sigma - sigma)).square() - options_.eps);
  }

  // 0 until the warm-up is over, then linear to 1 at step `full`.
  double ramp(std::int64_t step, std::int64_t full) const {
    if (step < renorm_.warmup_steps) return 0;
    if (step >= full) return 1;
    return static_cast<double>(step - renorm_.warmup_steps) / static_cast<double>(full - renorm_.warmup_steps);
  }

  RenormOptions renorm_;
};

BNEXP_NORM(batch_renorm, BatchRenorm, RenormOptions,
           {.summary = "Batch normalization that is corrected towards the running statistics in training.",
            .formula = "y = gamma * ((x - E[x]) / sigma * r + d) + beta, r = clip(sigma / sigma_run), "
                       "d = clip((E[x] - mean_run) / sigma_run)",
            .source = "Ioffe 2017, arXiv:1702.03275",
            .semantics = 1});

}  // namespace
}  // namespace bnexp::norm
