// Switchable normalization: mean and variance are mixtures, with learned softmax weights, of those of instance, layer
// and batch norm; without positions, of layer and batch norm. As in the authors' code, the variance of an instance is
// unbiased, and those of layer and batch follow from the instances' means and variances; without positions both are
// plain unbiased variances. The running variance starts from 0, not from 1: evaluation before any training step uses
// batch variance 0, and eps and the other parts of the mixture keep it finite. The authors' momentum is 0.1, but 0.003
// without positions.
#include <fmt/format.h>

#include "norm/norm.h"

namespace bnexp::norm {
namespace {

struct SwitchableOptions {
  double eps = 1e-5;
  double momentum = 0.1;

  void fields(config::Fields& f) {
    f.real("eps", eps, config::above(0), "added to the mixed variance before the square root");
    f.real("momentum", momentum, config::between(0, 1), "weight of the new batch in the running statistics");
  }

  std::string refuses(const Slot& slot) const {
    if (slot.channels * slot.values_per_channel() > 1) return "";
    return fmt::format("switchable norm averages over a sample and {} has one value per sample", slot.name);
  }
};

class SwitchableNorm final : public Norm {
 public:
  SwitchableNorm(const SwitchableOptions& options, const Slot& slot)
      : options_(options), has_positions_(slot.values_per_channel() > 1) {
    weight_ = register_parameter("weight", torch::ones({slot.channels}));
    bias_ = register_parameter("bias", torch::zeros({slot.channels}));
    const std::int64_t parts = has_positions_ ? 3 : 2;
    mean_weight_ = register_parameter("mean_weight", torch::ones({parts}));
    var_weight_ = register_parameter("var_weight", torch::ones({parts}));
    running_mean_ = register_buffer("running_mean", torch::zeros({slot.channels}));
    running_var_ = register_buffer("running_var", torch::zeros({slot.channels}));
  }

  torch::Tensor forward(const torch::Tensor& x) override {
    // About one number near all means, which is added to every mean and cancels in every difference: a mean that is
    // large compared with the deviations costs no digits.
    const torch::Tensor about = x.detach().mean();
    const torch::Tensor flat = (x - about).reshape({x.size(0), x.size(1), -1});
    // Parts of each mixture, in order: (N, C, 1) of instances, (N, 1, 1) of layers, (C, 1) of the batch.
    std::vector<torch::Tensor> means;
    std::vector<torch::Tensor> vars;
    torch::Tensor mean = flat;
    torch::Tensor var = torch::zeros_like(flat);
    if (has_positions_) {
      mean = flat.mean(2, /*keepdim=*/true);
      var = flat.var(2, /*unbiased=*/true, /*keepdim=*/true);
      means.push_back(mean);
      vars.push_back(var);
    }
    means.push_back(mean.mean(1, /*keepdim=*/true));
    vars.push_back(spread(mean, var, 1));
    if (is_training()) {
      TORCH_CHECK(flat.size(0) * flat.size(2) > 1,
                  "Expected more than 1 value per channel when training, got input size ", x.sizes());
      means.push_back(mean.mean(0));
      vars.push_back(spread(mean, var, 0).squeeze(0));
      running_mean_.lerp_(means.back().detach().flatten() + about, options_.momentum);
      running_var_.lerp_(vars.back().detach().flatten(), options_.momentum);
    } else {
      means.push_back((running_mean_ - about).unsqueeze(1));
      vars.push_back(running_var_.unsqueeze(1));
    }
    const torch::Tensor y = (flat - mixed(means, mean_weight_)) * torch::rsqrt(mixed(vars, var_weight_) + options_.eps);
    return (y * weight_.unsqueeze(1) + bias_.unsqueeze(1)).reshape(x.sizes());
  }

  bool replaces_bias() const override { return true; }

 private:
  // The variance over `dim`, from the means and variances within: E[var + mean^2] - E[mean]^2 in a form that can't be
  // negative.
  torch::Tensor spread(const torch::Tensor& mean, const torch::Tensor& var, std::int64_t dim) const {
    if (!has_positions_) return mean.var(dim, /*unbiased=*/true, /*keepdim=*/true);
    return var.mean(dim, /*keepdim=*/true) + mean.var(dim, /*unbiased=*/false, /*keepdim=*/true);
  }

  static torch::Tensor mixed(const std::vector<torch::Tensor>& parts, const torch::Tensor& weights) {
    const torch::Tensor shares = torch::softmax(weights, 0);
    torch::Tensor sum = shares[0] * parts[0];
    for (std::size_t i = 1; i < parts.size(); ++i) sum = sum + shares[static_cast<std::int64_t>(i)] * parts[i];
    return sum;
  }

  SwitchableOptions options_;
  bool has_positions_;
  torch::Tensor weight_;
  torch::Tensor bias_;
  torch::Tensor mean_weight_;
  torch::Tensor var_weight_;
  torch::Tensor running_mean_;
  torch::Tensor running_var_;
};

BNEXP_NORM(switchable, SwitchableNorm, SwitchableOptions,
           {.summary = "Learns a mixture of instance, layer and batch statistics for the mean and for the variance.",
            .formula = "y = gamma * (x - sum_k p_k E_k[x]) / sqrt(sum_k q_k Var_k[x] + eps) + beta, k of instance, "
                       "layer, batch; p and q softmax",
            .source = "Luo, Ren, Peng, Zhang & Li 2018, arXiv:1806.10779",
            .semantics = 1});

}  // namespace
}  // namespace bnexp::norm
