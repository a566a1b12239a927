// Batch normalization. Mean and variance over the batch and all positions, per channel. Training normalizes with the
// biased batch variance and moves the running statistics towards the batch mean and the unbiased batch variance,
// r <- (1 - momentum) r + momentum s; evaluation normalizes with the running statistics.
#include "norm/norm.h"

namespace bnexp::norm {
namespace {

struct BatchOptions {
  double eps = 1e-5;
  std::optional<double> momentum = 0.1;
  bool affine = true;
  bool track_running_stats = true;

  void fields(config::Fields& f) {
    f.real("eps", eps, config::above(0), "added to the variance before the square root");
    f.optional_real("momentum", momentum, config::between(0, 1),
                    "weight of the new batch in the running statistics; null: plain average over all batches so far");
    f.boolean("affine", affine, "learn gamma (from 1) and beta (from 0) per channel");
    f.boolean("track_running_stats", track_running_stats,
              "keep running statistics for evaluation; false: evaluation uses the batch at hand");
  }
};

class BatchNorm final : public Norm {
 public:
  BatchNorm(const BatchOptions& options, const Slot& slot) : options_(options) {
    if (options.affine) {
      weight_ = register_parameter("weight", torch::ones({slot.channels}));
      bias_ = register_parameter("bias", torch::zeros({slot.channels}));
    }
    if (options.track_running_stats) {
      running_mean_ = register_buffer("running_mean", torch::zeros({slot.channels}));
      running_var_ = register_buffer("running_var", torch::ones({slot.channels}));
      batches_ = register_buffer("num_batches_tracked", torch::zeros({}, torch::kLong));
    }
  }

  torch::Tensor forward(const torch::Tensor& x) override {
    const bool use_batch = is_training() || !options_.track_running_stats;
    double factor = options_.momentum.value_or(0);
    if (is_training() && options_.track_running_stats) {
      batches_.add_(1);
      if (!options_.momentum) factor = 1.0 / static_cast<double>(batches_.item<std::int64_t>());
    }
    // The functional form refuses a training batch with one value per channel, which has no variance.
    return torch::nn::functional::detail::batch_norm(x, running_mean_, running_var_, weight_, bias_, use_batch, factor,
                                                     options_.eps);
  }

  bool replaces_bias() const override { return true; }

 private:
  BatchOptions options_;
  torch::Tensor weight_;
  torch::Tensor bias_;
  torch::Tensor running_mean_;
  torch::Tensor running_var_;
  torch::Tensor batches_;
};

BNEXP_NORM(batch, BatchNorm, BatchOptions,
           {.summary = "Normalizes each channel over the batch and all positions.",
            .formula = "y = gamma * (x - E[x]) / sqrt(Var[x] + eps) + beta, E and Var over (N, spatial)",
            .source = "Ioffe & Szegedy 2015, arXiv:1502.03167"});

}  // namespace
}  // namespace bnexp::norm
