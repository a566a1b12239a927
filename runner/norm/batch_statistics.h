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

struct Moments {
  torch::Tensor mean;  // (C)
  torch::Tensor var;   // (C), biased
};
Moments moments(const torch::Tensor& x);

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
  // Null where evaluation uses the batch at hand.
  std::optional<Affine> frozen() const override;

 protected:
  BatchStatisticsNorm(const BatchOptions& options, const Slot& slot);

  bool uses_batch() const { return is_training() || !options_.track_running_stats; }
  // Counts a training batch; the weight of its statistics, where they are tracked.
  double next_factor();
  // In training, r <- (1 - momentum) r + momentum s for both, where they are tracked. `var` unbiased unless a norm says
  // otherwise.
  void track(const torch::Tensor& mean, const torch::Tensor& var);
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
