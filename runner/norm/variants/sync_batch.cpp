// The arithmetic of synchronized batch normalization on one machine: the batch is cut into `workers` nearly equal
// parts, each tells its sums alone, and what is put together from them normalizes all parts. Forward reduces (sum x,
// sum x^2, n), backward (sum dy, sum dy * xhat). The sums are in double precision: in single precision the difference
// of squares would lose the variance of channels far from 0. Equal to `batch` up to rounding.
#include "norm/batch_statistics.h"

namespace bnexp::norm {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct SyncOptions : BatchOptions {
  std::int64_t workers = 2;

  void fields(config::Fields& f) {
    f.integer("workers", workers, config::at_least(1), "parts that the batch is cut into");
    BatchOptions::fields(f);
  }
};

// Sum over the parts of what each part says of itself.
template <class Tell>
torch::Tensor all_reduce(const std::vector<torch::Tensor>& parts, const Tell& tell) {
  torch::Tensor sum;
  for (std::size_t i = 0; i < parts.size(); ++i) sum = i == 0 ? tell(parts[i], i) : sum + tell(parts[i], i);
  return sum;
}

struct Synchronized : torch::autograd::Function<Synchronized> {
  static torch::Tensor forward(AutogradContext* ctx, const torch::Tensor& x, const torch::Tensor& mean,
                               const torch::Tensor& rsigma, std::int64_t workers) {
    const torch::Tensor xhat = (x - per_channel(mean, x)) * per_channel(rsigma, x);
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
    return {dx * per_channel(saved[1], xhat), none, none, none};
  }
};

class SyncBatch final : public BatchStatisticsNorm {
 public:
  SyncBatch(const SyncOptions& options, const Slot& slot)
      : BatchStatisticsNorm(options, slot), workers_(options.workers) {}

  torch::Tensor forward(const torch::Tensor& x) override {
    if (!uses_batch()) {
      return torch::batch_norm(x, weight_, bias_, running_mean_, running_var_, false, 0, options_.eps, false);
    }
    require_several_values(x);
    const auto dims = all_but_channels(x);
    const auto parts = x.detach().tensor_split(workers_);
    const torch::Tensor sum = all_reduce(
        parts, [&](const torch::Tensor& part, std::size_t) { return part.sum(dims, false, torch::kDouble); });
    const torch::Tensor squares = all_reduce(
        parts, [&](const torch::Tensor& part, std::size_t) { return part.to(torch::kDouble).square().sum(dims); });
    const auto n = static_cast<double>(values_per_channel(x));
    const torch::Tensor mean = sum / n;
    const torch::Tensor var = (squares / n - mean.square()).clamp_min(0);
    track(mean.to(x.dtype()), (var * (n / (n - 1))).to(x.dtype()));
    const torch::Tensor rsigma = (var + options_.eps).rsqrt().to(x.dtype());
    return scale_and_shift(Synchronized::apply(x, mean.to(x.dtype()), rsigma, workers_));
  }

 private:
  std::int64_t workers_;
};

BNEXP_NORM(sync_batch, SyncBatch, SyncOptions,
           {.summary = "Batch normalization from sums that each of several workers tells of its part of the batch.",
            .formula = "y = gamma * (x - E[x]) / sqrt(Var[x] + eps) + beta, E and Var from sum over workers of "
                       "(sum x, sum x^2, n)",
            .source = "torch.nn.SyncBatchNorm; Peng et al. 2018, arXiv:1711.07240"});

}  // namespace
}  // namespace bnexp::norm
