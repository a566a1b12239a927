// Batch normalization. Mean and variance over the batch and all positions, per channel. Training normalizes with the
// biased batch variance and moves the running statistics towards the batch mean and the unbiased batch variance,
// r <- (1 - momentum) r + momentum s; evaluation normalizes with the running statistics.
#include "norm/batch_statistics.h"

namespace bnexp::norm {
namespace {

class BatchNorm final : public BatchStatisticsNorm {
 public:
  BatchNorm(const BatchOptions& options, const Slot& slot) : BatchStatisticsNorm(options, slot) {}

  torch::Tensor forward(const torch::Tensor& x) override {
    // The functional form refuses a training batch with one value per channel, which has no variance.
    return torch::nn::functional::detail::batch_norm(x, running_mean_, running_var_, weight_, bias_, uses_batch(),
                                                     next_factor(), options_.eps);
  }
};

BNEXP_NORM(batch, BatchNorm, BatchOptions,
           {.summary = "Normalizes each channel over the batch and all positions.",
            .formula = "y = gamma * (x - E[x]) / sqrt(Var[x] + eps) + beta, E and Var over (N, spatial)",
            .source = "Ioffe & Szegedy 2015, arXiv:1502.03167"});

}  // namespace
}  // namespace bnexp::norm
