// EvoNorm-B0: divides by the larger of the batch's standard deviation and an instance's, the latter shifted by v * x.
// It includes its activation and tracks only a running variance, which moves towards the unbiased variance of the
// batch. Normalization uses the biased one; a known implementation mixes in the unbiased one. Without positions the
// variance of an instance is 0.
#include <fmt/format.h>

#include "norm/norm.h"

namespace bnexp::norm {
namespace {

struct EvoNormB0Options {
  double eps = 1e-3;
  double momentum = 0.1;

  void fields(config::Fields& f) {
    f.real("eps", eps, config::above(0), "added to both variances before the square root");
    f.real("momentum", momentum, config::between(0, 1), "weight of the new batch in the running variance");
  }

  std::string refuses(const Slot& slot) const {
    if (slot.activation == "relu") return "";
    return fmt::format("evonorm_b0 norm includes its activation and replaces a ReLU; {} has {}", slot.name,
                       slot.activation.empty() ? "none" : slot.activation);
  }
};

class EvoNormB0 final : public Norm {
 public:
  EvoNormB0(const EvoNormB0Options& options, const Slot& slot)
      : options_(options), affine_shape_(1 + slot.spatial.size(), 1) {
    affine_shape_.front() = slot.channels;
    for (std::size_t i = 0; i < slot.spatial.size(); ++i) positions_.push_back(static_cast<std::int64_t>(i) + 2);
    weight_ = register_parameter("weight", torch::ones({slot.channels}));
    bias_ = register_parameter("bias", torch::zeros({slot.channels}));
    slope_ = register_parameter("slope", torch::ones({slot.channels}));
    running_var_ = register_buffer("running_var", torch::ones({slot.channels}));
  }

  torch::Tensor forward(const torch::Tensor& x) override {
    const torch::Tensor batch = is_training() ? batch_variance(x) : running_var_;
    const torch::Tensor instance =
        positions_.empty() ? torch::zeros({}, x.options()) : x.var(positions_, /*unbiased=*/false, /*keepdim=*/true);
    const torch::Tensor divisor = torch::maximum(torch::sqrt(batch + options_.eps).view(affine_shape_),
                                                 slope_.view(affine_shape_) * x + torch::sqrt(instance + options_.eps));
    return x / divisor * weight_.view(affine_shape_) + bias_.view(affine_shape_);
  }

  bool replaces_bias() const override { return true; }
  bool replaces_activation() const override { return true; }

 private:
  // Biased; the running variance uses the unbiased one.
  torch::Tensor batch_variance(const torch::Tensor& x) {
    const std::int64_t count = x.numel() / x.size(1);
    TORCH_CHECK(count > 1, "Expected more than 1 value per channel when training, got input size ", x.sizes());
    std::vector<std::int64_t> dims{0};
    dims.insert(dims.end(), positions_.begin(), positions_.end());
    torch::Tensor variance = x.var(dims, /*unbiased=*/false, /*keepdim=*/false);
    const double correction = static_cast<double>(count) / static_cast<double>(count - 1);
    running_var_.lerp_(variance.detach() * correction, options_.momentum);
    return variance;
  }

  EvoNormB0Options options_;
  std::vector<std::int64_t> affine_shape_;  // (C, 1...) against (N, C, spatial...)
  std::vector<std::int64_t> positions_;     // dimensions of the positions
  torch::Tensor weight_;
  torch::Tensor bias_;
  torch::Tensor slope_;
  torch::Tensor running_var_;
};

BNEXP_NORM(
    evonorm_b0, EvoNormB0, EvoNormB0Options,
    {.summary = "Divides by the larger of the batch's and the instance's standard deviation; includes the activation.",
     .formula = "y = gamma * x / max(sqrt(Var_batch[x] + eps), v * x + sqrt(Var_instance[x] + eps)) + beta",
     .source = "Liu, Brock, Simonyan & Le 2020, arXiv:2004.02967"});

}  // namespace
}  // namespace bnexp::norm
