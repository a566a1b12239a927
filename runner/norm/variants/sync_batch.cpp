// The arithmetic of synchronized batch normalization on one machine: the batch is split into `workers` nearly equal
// parts, each part computes its own count n, mean and sum of squared deviations M in double precision, and the combined
// statistics normalize all parts. Two parts combine to (Chan, Golub & LeVeque 1979, Stanford STAN-CS-79-773)
//   delta = mean_b - mean_a, n = n_a + n_b, mean = mean_a + delta * n_b / n, M = M_a + M_b + delta^2 * n_a * n_b / n
// Sums of squares, E[x^2] - E[x]^2, would lose the variance of channels far from 0. Backward reduces (sum dy, sum dy *
// xhat). Equal to `batch` up to rounding.
#include <algorithm>

#include "norm/batch_statistics.h"

namespace bnexp::norm {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct SyncOptions : BatchOptions {
  std::int64_t workers = 2;

  void fields(config::Fields& f) {
    f.integer("workers", workers, config::at_least(1),
              "number of parts that the batch is split into; workers beyond one per sample get no part");
    BatchOptions::fields(f);
  }
};

// Sum over the parts of f(part, index).
template <class F>
torch::Tensor all_reduce(const std::vector<torch::Tensor>& parts, const F& f) {
  torch::Tensor sum;
  for (std::size_t i = 0; i < parts.size(); ++i) sum = i == 0 ? f(parts[i], i) : sum + f(parts[i], i);
  return sum;
}

// Statistics of one part or of several combined parts; (C) in double.
struct Share {
  double count;
  torch::Tensor mean;
  torch::Tensor squares;  // sum of squared deviations from the mean
};

Share share_of(const torch::Tensor& part) {
  const auto dims = all_but_channels(part);
  const torch::Tensor values = part.to(torch::kDouble);
  const torch::Tensor mean = values.mean(dims);
  return {static_cast<double>(values_per_channel(part)), mean,
          (values - per_channel(mean, values)).square_().sum(dims)};
}

Share combined(const Share& a, const Share& b) {
  const double count = a.count + b.count;
  const torch::Tensor delta = b.mean - a.mean;
  return {count, a.mean + delta * (b.count / count),
          a.squares + b.squares + delta.square() * (a.count * b.count / count)};
}

// Moments over all parts in x's type.
Moments all_moments(const torch::Tensor& x, std::int64_t workers) {
  const torch::NoGradGuard no_grad;
  std::optional<Share> all;
  for (const auto& part : x.tensor_split(workers)) all = all ? combined(*all, share_of(part)) : share_of(part);
  const torch::Tensor about = all->mean.to(x.dtype());
  return {about, (all->mean - about).to(x.dtype()), (all->squares / all->count).to(x.dtype())};
}

struct Synchronized : torch::autograd::Function<Synchronized> {
  // about, off and rsigma = 1 / sqrt(var + eps) are (C); the mean is about + off, see Moments.
  static torch::Tensor forward(AutogradContext* ctx, const torch::Tensor& x, const torch::Tensor& about,
                               const torch::Tensor& off, const torch::Tensor& rsigma, std::int64_t workers) {
    const torch::Tensor xhat = scaled_about_mean(x, {about, off, {}}, rsigma, torch::zeros_like(rsigma));
    ctx->save_for_backward({xhat, rsigma});
    ctx->saved_data["workers"] = workers;
    return xhat;
  }

  static variable_list backward(AutogradContext* ctx, variable_list gradients) {
    const variable_list saved = ctx->get_saved_variables();
    const torch::Tensor& xhat = saved[0];
    const auto dims = all_but_channels(xhat);
    const auto workers = ctx->saved_data["workers"].toInt();
    const auto dy = gradients[0].tensor_split(workers);
    const auto parts = xhat.tensor_split(workers);
    const torch::Tensor sum = all_reduce(dy, [&](const torch::Tensor& part, std::size_t) { return part.sum(dims); });
    const torch::Tensor product =
        all_reduce(dy, [&](const torch::Tensor& part, std::size_t i) { return (part * parts[i]).sum(dims); });
    const auto n = static_cast<double>(values_per_channel(xhat));
    const torch::Tensor dx = gradients[0] - per_channel(sum / n, xhat) - xhat * per_channel(product / n, xhat);
    const torch::Tensor none;
    return {dx * per_channel(saved[1], xhat), none, none, none, none};
  }
};

class SyncBatch final : public BatchStatisticsNorm {
 public:
  SyncBatch(const SyncOptions& options, const Slot& slot)
      : BatchStatisticsNorm(options, slot), workers_(options.workers) {}

  TorchForm torch_form() const override { return TorchForm::separate; }

  torch::Tensor forward(const torch::Tensor& x) override {
    if (!uses_batch()) return evaluated(x);
    require_several_values(x);
    const std::int64_t workers = std::min(workers_, x.size(0));
    const Moments batch = all_moments(x, workers);
    track(batch.mean(), batch.unbiased_var(x));
    const torch::Tensor rsigma = (batch.var + options_.eps).rsqrt();
    return scale_and_shift(Synchronized::apply(x, batch.about, batch.off, rsigma, workers));
  }

 private:
  std::int64_t workers_;
};

BNEXP_NORM(
    sync_batch, SyncBatch, SyncOptions,
    {.summary = "Batch normalization with statistics combined from several workers, each holding part of the batch.",
     .formula = "y = gamma * (x - E[x]) / sqrt(Var[x] + eps) + beta, E and Var combined from each worker's count, "
                "mean and sum of squared deviations",
     .source = "torch.nn.SyncBatchNorm; Peng et al. 2018, arXiv:1711.07240; Chan, Golub & LeVeque 1979",
     .semantics = 1});

}  // namespace
}  // namespace bnexp::norm
