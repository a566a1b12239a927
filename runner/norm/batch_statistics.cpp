#include "norm/batch_statistics.h"

namespace bnexp::norm {

std::vector<std::int64_t> all_but_channels(const torch::Tensor& x) {
  std::vector<std::int64_t> dims{0};
  for (std::int64_t d = 2; d < x.dim(); ++d) dims.push_back(d);
  return dims;
}

torch::Tensor per_channel(const torch::Tensor& values, const torch::Tensor& x) {
  std::vector<std::int64_t> shape(static_cast<std::size_t>(x.dim()), 1);
  shape[1] = values.numel();
  return values.view(shape);
}

std::int64_t values_per_channel(const torch::Tensor& x) { return x.numel() / x.size(1); }

void require_several_values(const torch::Tensor& x) {
  TORCH_CHECK(values_per_channel(x) > 1, "Expected more than 1 value per channel when training, got input size ",
              x.sizes());
}

torch::Tensor centred(const torch::Tensor& x, torch::IntArrayRef dims) {
  const torch::Tensor rest = x - x.detach().mean(dims, /*keepdim=*/true);
  return rest - rest.mean(dims, /*keepdim=*/true);
}

Moments moments(const torch::Tensor& x) {
  const torch::NoGradGuard no_grad;
  const auto dims = all_but_channels(x);
  const torch::Tensor about = x.mean(dims);
  const torch::Tensor rest = x - per_channel(about, x);
  const torch::Tensor off = rest.mean(dims);
  return {about, off, (rest.square().mean(dims) - off.square()).clamp_min_(0)};
}

torch::Tensor Moments::unbiased_var(const torch::Tensor& x) const {
  const auto n = static_cast<double>(values_per_channel(x));
  return var * (n / (n - 1));
}

torch::Tensor scaled_about_mean(const torch::Tensor& x, const Moments& m, const torch::Tensor& scale,
                                const torch::Tensor& shift) {
  return torch::addcmul(per_channel(shift - m.off * scale, x), x - per_channel(m.about, x), per_channel(scale, x));
}

torch::Tensor batch_normalized(const torch::Tensor& x, const Moments& m, const AffineEps& with) {
  return torch::batch_norm(x - per_channel(m.about, x), with.weight, with.bias, {}, {}, /*training=*/true,
                           /*momentum=*/0, with.eps, /*cudnn_enabled=*/false);
}

torch::Tensor normalized_by(const torch::Tensor& x, const torch::Tensor& mean, const torch::Tensor& var,
                            const AffineEps& with) {
  torch::Tensor scale = (var + with.eps).rsqrt();
  if (with.weight.defined()) scale = scale * with.weight;
  const torch::Tensor rest = x - per_channel(mean, x);
  if (!with.bias.defined()) return rest * per_channel(scale, x);
  return torch::addcmul(per_channel(with.bias, x), rest, per_channel(scale, x));
}

void BatchOptions::fields(config::Fields& f) {
  f.real("eps", eps, config::above(0), "added to the variance before the square root");
  f.optional_real("momentum", momentum, config::between(0, 1),
                  "weight of the new batch in the running statistics; null: plain average over all batches so far");
  f.boolean("affine", affine, "learn gamma (from 1) and beta (from 0) per channel");
  f.boolean("track_running_stats", track_running_stats,
            "keep running statistics for evaluation; false: evaluation uses the statistics of its input");
}

BatchStatisticsNorm::BatchStatisticsNorm(const BatchOptions& options, const Slot& slot) : options_(options) {
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

double BatchStatisticsNorm::next_factor() {
  if (!is_training() || !options_.track_running_stats) return 0;
  batches_.add_(1);
  return options_.momentum ? *options_.momentum : 1.0 / static_cast<double>(batches_.item<std::int64_t>());
}

void BatchStatisticsNorm::track(const torch::Tensor& mean, const torch::Tensor& var) {
  if (!is_training() || !options_.track_running_stats) return;
  const torch::NoGradGuard no_grad;
  const double factor = next_factor();
  running_mean_.mul_(1 - factor).add_(mean, factor);
  running_var_.mul_(1 - factor).add_(var, factor);
}

torch::Tensor BatchStatisticsNorm::torch_forward(const torch::Tensor& x) {
  // batch_norm refuses a training batch with one value per channel, which has no variance.
  return torch::nn::functional::detail::batch_norm(x, running_mean_, running_var_, weight_, bias_, uses_batch(),
                                                   next_factor(), options_.eps);
}

torch::Tensor BatchStatisticsNorm::scale_and_shift(const torch::Tensor& x) const {
  if (!options_.affine) return x;
  return torch::addcmul(per_channel(bias_, x), x, per_channel(weight_, x));
}

std::optional<Norm::Affine> BatchStatisticsNorm::frozen() const {
  if (!options_.track_running_stats) return std::nullopt;
  const torch::NoGradGuard no_grad;
  torch::Tensor scale = (running_var_ + options_.eps).rsqrt();
  if (options_.affine) scale = scale * weight_;
  const torch::Tensor shift = -running_mean_ * scale;
  return Affine{scale, options_.affine ? bias_ + shift : shift};
}

}  // namespace bnexp::norm
