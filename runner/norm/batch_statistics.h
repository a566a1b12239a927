// What norms with batch statistics share: per-channel views, learned scale and shift, running statistics.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "norm/norm.h"

namespace bnexp::norm {

// All dimensions of (N, C, spatial...) but the channels'.
std::vector<std::int64_t> all_but_channels(const torch::Tensor& x);

// (C) as (1, C, 1, ...), to be combined with x.
torch::Tensor per_channel(const torch::Tensor& values, const torch::Tensor& x);

// x.numel() / C.
std::int64_t values_per_channel(const torch::Tensor& x);

// One value per channel has no variance to train on: throws as torch's batch norm does.
void require_several_values(const torch::Tensor& x);

// x without its mean over `dims`, in two steps: first the mean as x's type rounds it, then the mean of what is left. A
// mean that is large against the deviation costs no digits, in values and in gradients.
torch::Tensor centred(const torch::Tensor& x, torch::IntArrayRef dims);

// Per channel, (C) each, without a graph. The mean is `about` + `off`: `about` is the mean as x's type rounds it, and
// x's values about it are exact or nearly so. The variance is taken about `about` and corrected by `off`: the corrected
// two-pass algorithm of Chan, Golub & LeVeque 1983 (The American Statistician 37).
struct Moments {
  torch::Tensor about;
  torch::Tensor off;
  torch::Tensor var;  // biased

  torch::Tensor mean() const { return about + off; }
  // x must have these moments.
  torch::Tensor unbiased_var(const torch::Tensor& x) const;
};
Moments moments(const torch::Tensor& x);

// (x - E[x]) * scale + shift per channel, E[x] that of `m`; scale and shift are (C).
torch::Tensor scaled_about_mean(const torch::Tensor& x, const Moments& m, const torch::Tensor& scale,
                                const torch::Tensor& shift);

// What is learned of (C), each undefined where it is not; and what is added to a variance before the square root.
struct AffineEps {
  torch::Tensor weight;
  torch::Tensor bias;
  double eps;
};

// weight * (x - E[x]) / sqrt(Var[x] + eps) + bias over the batch, whose moments are `m`. By LibTorch's kernel, on
// x - m.about: the kernel computes x * a + b, which loses the digits of a mean that is large against the deviation.
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

// A norm that normalizes with statistics of the batch while training and with running ones in evaluation. Names and
// meaning of parameters and buffers are those of torch::nn::BatchNorm.
class BatchStatisticsNorm : public Norm {
 public:
  bool replaces_bias() const override { return true; }
  // Null where evaluation uses the statistics of its input.
  std::optional<Affine> frozen() const override;

  // LibTorch's batch_norm with this norm's tensors.
  torch::Tensor torch_forward(const torch::Tensor& x) override;

 protected:
  BatchStatisticsNorm(const BatchOptions& options, const Slot& slot);

  bool uses_batch() const { return is_training() || !options_.track_running_stats; }
  // Counts a training batch; the weight of its statistics, where they are tracked.
  double next_factor();
  // In training, r <- (1 - momentum) r + momentum s for both, where they are tracked. `var` unbiased unless a norm says
  // otherwise.
  void track(const torch::Tensor& mean, const torch::Tensor& var);
  AffineEps affine_eps() const { return {weight_, bias_, options_.eps}; }
  torch::Tensor evaluated(const torch::Tensor& x) const {
    return normalized_by(x, running_mean_, running_var_, affine_eps());
  }
  // gamma * x + beta, where they are learned.
  torch::Tensor scale_and_shift(const torch::Tensor& x) const;

  BatchOptions options_;
  torch::Tensor weight_;  // gamma (C) or undefined
  torch::Tensor bias_;    // beta (C) or undefined
  torch::Tensor running_mean_;
  torch::Tensor running_var_;
  torch::Tensor batches_;
};

}  // namespace bnexp::norm
