// Shared by norms with batch statistics: per-channel views, learned scale and shift, running statistics.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "norm/norm.h"

namespace bnexp::norm {

// All dimensions of (N, C, spatial...) except the channels.
std::vector<std::int64_t> all_but_channels(const torch::Tensor& x);

// (C) as (1, C, 1, ...), to broadcast against x.
torch::Tensor per_channel(const torch::Tensor& values, const torch::Tensor& x);

// x.numel() / C.
std::int64_t values_per_channel(const torch::Tensor& x);

// Throws, as PyTorch's batch norm does, if there is one value per channel, which has no variance to train on.
void require_several_values(const torch::Tensor& x);

// x without its mean over `dims`, in two steps: first the mean rounded to x's type, then the mean of the rest. A mean
// that is large compared with the deviation then costs no digits, in values and in gradients.
torch::Tensor centred(const torch::Tensor& x, torch::IntArrayRef dims);

// Per channel, (C) each, without a graph. The mean is `about` + `off`: `about` is the mean rounded to x's type, and
// subtracting it from x is exact or nearly so. The variance is taken about `about` and corrected by `off`: the
// corrected two-pass algorithm of Chan, Golub & LeVeque 1983 (The American Statistician 37).
struct Moments {
  torch::Tensor about;
  torch::Tensor off;
  torch::Tensor var;  // biased

  torch::Tensor mean() const { return about + off; }
  // These must be the moments of x.
  torch::Tensor unbiased_var(const torch::Tensor& x) const;
};
Moments moments(const torch::Tensor& x);

// (x - E[x]) * scale + shift per channel, with E[x] from `m`; scale and shift are (C).
torch::Tensor scaled_about_mean(const torch::Tensor& x, const Moments& m, const torch::Tensor& scale,
                                const torch::Tensor& shift);

// Learned parameters (C), undefined if not learned, and the value added to a variance before the square root.
struct AffineEps {
  torch::Tensor weight;
  torch::Tensor bias;
  double eps;
};

// weight * (x - E[x]) / sqrt(Var[x] + eps) + bias over the batch, whose moments are `m`. Calls LibTorch's kernel on x -
// m.about: the kernel computes x * a + b, which loses the digits of a mean that is large compared with the deviation.
torch::Tensor batch_normalized(const torch::Tensor& x, const Moments& m, const AffineEps& with);

// weight * (x - mean) / sqrt(var + eps) + bias with constants (C), in this order for the same reason.
torch::Tensor normalized_by(const torch::Tensor& x, const torch::Tensor& mean, const torch::Tensor& var,
                            const AffineEps& with);

struct BatchOptions {
  double eps = 1e-5;
  std::optional<double> momentum = 0.1;
  bool affine = true;
  bool track_running_stats = true;

  void fields(config::Fields& f);
};

// A norm that uses batch statistics in training and running statistics in evaluation. Parameters and buffers have the
// names and the meaning of torch::nn::BatchNorm's.
class BatchStatisticsNorm : public Norm {
 public:
  bool replaces_bias() const override { return true; }
  // Null if evaluation uses the statistics of its input.
  std::optional<Affine> frozen() const override;

  // LibTorch's batch_norm with this norm's tensors.
  torch::Tensor torch_forward(const torch::Tensor& x) override;

 protected:
  BatchStatisticsNorm(const BatchOptions& options, const Slot& slot);

  bool uses_batch() const { return is_training() || !options_.track_running_stats; }
  // Counts a training batch. Returns the weight of its statistics, if they are tracked.
  double next_factor();
  // In training, r <- (1 - momentum) r + momentum s for both, if they are tracked. `var` is unbiased unless a norm says
  // otherwise.
  void track(const torch::Tensor& mean, const torch::Tensor& var);
  AffineEps affine_eps() const { return {weight_, bias_, options_.eps}; }
  torch::Tensor evaluated(const torch::Tensor& x) const {
    return normalized_by(x, running_mean_, running_var_, affine_eps());
  }
  // gamma * x + beta, as far as they are learned.
  torch::Tensor scale_and_shift(const torch::Tensor& x) const;

  BatchOptions options_;
  torch::Tensor weight_;  // gamma (C) or undefined
  torch::Tensor bias_;    // beta (C) or undefined
  torch::Tensor running_mean_;
  torch::Tensor running_var_;
  torch::Tensor batches_;
};

}  // namespace bnexp::norm
