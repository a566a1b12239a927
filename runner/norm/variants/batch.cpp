// Batch normalization. Mean and variance over the batch and all positions, per channel. Training normalizes with the
// biased batch variance and moves the running statistics towards the batch mean and the unbiased batch variance,
// r <- (1 - momentum) r + momentum s; evaluation normalizes with the running statistics.
#include "norm/batch_statistics.h"

namespace bnexp::norm {
namespace {

class BatchNorm final : public BatchStatisticsNorm {
 public:
  BatchNorm(const BatchOptions& options, const Slot& slot) : BatchStatisticsNorm(options, slot) {}

  torch::Tensor forward(const torch::Tensor& x) override { return torch_forward(x); }

  TorchForm torch_form() const override { return TorchForm::forward; }

  std::optional<FusedForm> fused_form() const override {
    FusedForm form{kernels::Statistics::batch, options_.eps, weight_, bias_};
    if (!uses_batch()) {
      form.running_mean = running_mean_;
      form.running_var = running_var_;
    }
    return form;
  }

  void on_statistics(const float* mean, const float* var, std::int64_t count) override {
    if (!is_training() || !options_.track_running_stats) return;
    const auto factor = static_cast<float>(next_factor());
    const float unbiased = static_cast<float>(count) / static_cast<float>(count - 1);
    auto* running_mean = running_mean_.data_ptr<float>();
    auto* running_var = running_var_.data_ptr<float>();
    for (std::int64_t c = 0; c < running_mean_.numel(); ++c) {
      running_mean[c] = (1 - factor) * running_mean[c] + factor * mean[c];
      running_var[c] = (1 - factor) * running_var[c] + factor * (unbiased * var[c]);
    }
  }
};

BNEXP_NORM(batch, BatchNorm, BatchOptions,
           {.summary = "Normalizes each channel over the batch and all positions.",
            .formula = "y = gamma * (x - E[x]) / sqrt(Var[x] + eps) + beta, E and Var over (N, spatial)",
            .source = "Ioffe & Szegedy 2015, arXiv:1502.03167"});

}  // namespace
}  // namespace bnexp::norm
