// Batch normalization with noise on its output in training: y <- s * y + m. Each forward draws for the layer a shift mu
// from U(-1/2, 1/2) and a scale sigma from U(1, 5/4), and for every value m from U(mu - 0.1, mu + 0.1) and s from
// N(sigma, 0.1). It tests whether stable distributions are why batch normalization helps. Running statistics are those
// before the noise; evaluation has none.
#include "norm/batch_statistics.h"

namespace bnexp::norm {
namespace {

class NoisyBatch final : public BatchStatisticsNorm {
 public:
  NoisyBatch(const BatchOptions& options, const Slot& slot) : BatchStatisticsNorm(options, slot) {}

  torch::Tensor forward(const torch::Tensor& x) override {
    if (!uses_batch()) return evaluated(x);
    require_several_values(x);
    const Moments batch = moments(x);
    track(batch.mean(), batch.unbiased_var(x));
    const torch::Tensor y = batch_normalized(x, batch, affine_eps());
    if (!is_training()) return y;
    const auto mu = torch::empty({1}).uniform_(-0.5, 0.5, generator()).item<double>();
    const auto sigma = torch::empty({1}).uniform_(1, 1.25, generator()).item<double>();
    const torch::Tensor m = torch::empty(x.sizes()).uniform_(mu - 0.1, mu + 0.1, generator());
    const torch::Tensor s = torch::empty(x.sizes()).normal_(sigma, 0.1, generator());
    return torch::addcmul(m.to(x.options()), y, s.to(x.options()));
  }
};

BNEXP_NORM(noisy_batch, NoisyBatch, BatchOptions,
           {.summary = "Batch normalization followed by noise whose mean and scale change at every step.",
            .formula = "y = s * BN(x) + m, m ~ U(mu - 0.1, mu + 0.1), s ~ N(sigma, 0.1), drawn per value",
            .source = "Santurkar et al. 2018, arXiv:1805.11604, section 2.1",
            .semantics = 1});

}  // namespace
}  // namespace bnexp::norm
