// Weight normalization: the layer before the slot computes with w = g v / |v|, a length and a direction per output row,
// where v is the weight it learns. g starts as |v|, so that training starts from the layer's own initial weight, bit
// for bit. With data_init the first training batch sets g and the bias so that each pre-activation of that batch has
// mean 0 and variance 1; the gradients of that step are those of the weights so set.
#include <fmt/format.h>

#include "base/error.h"
#include "norm/norm.h"

namespace bnexp::norm {
namespace {

struct WeightOptions {
  bool data_init = false;

  void fields(config::Fields& f) {
    f.boolean("data_init", data_init, "set g and the bias from the first training batch: g / std and -mean / std");
  }

  std::string refuses(const Slot& slot) const {
    if (!slot.after_layer) {
      return fmt::format("weight norm acts on the weights of the layer before it, and {} follows none", slot.name);
    }
    if (data_init && slot.steps > 0) {
      return fmt::format("data_init would set {} from its first time step alone", slot.name);
    }
    return "";
  }
};

class WeightNorm final : public Norm {
 public:
  WeightNorm(const WeightOptions& options, const Slot& slot)
      : options_(options), bias_shape_(1 + slot.spatial.size(), 1) {
    bias_shape_.front() = slot.channels;
    length_ = register_parameter("weight_g", torch::ones({slot.channels}));
    bias_ = register_parameter("bias", torch::zeros({slot.channels}));
    if (options.data_init) is_set_ = register_buffer("is_set", torch::zeros({}));
  }

  void begin(const torch::Tensor& w) override {
    if (!w.defined()) return;
    const torch::NoGradGuard no_grad;
    const torch::Tensor lengths = row_norms(w);
    if ((lengths == 0).any().item<bool>()) {
      throw usage_error("weight norm: a row of the layer's initial weights is 0 and has no direction",
                        "use another norm, or initial weights that aren't 0");
    }
    length_.copy_(lengths);
  }

  torch::Tensor weight(const torch::Tensor& w) override {
    torch::Tensor length = length_;
    if (waits_for_data()) {
      // forward multiplies the result by `scale`, as if g had been scaled before, so by the chain rule d/dg is too
      // large by that factor. A copy, because forward changes g itself before the backward.
      length = length_.clone();
      scale_ = torch::ones_like(length_);
      if (length.requires_grad()) {
        length.register_hook([scale = scale_](const torch::Tensor& gradient) { return gradient / scale; });
      }
    }
    std::vector<std::int64_t> rows(static_cast<std::size_t>(w.dim()), 1);
    rows.front() = -1;
    return w * (length / row_norms(w)).view(rows);
  }

  torch::Tensor forward(const torch::Tensor& x) override {
    if (!waits_for_data()) return x + bias_.view(bias_shape_);
    set_by(x.detach());
    return x * scale_.view(bias_shape_) + bias_.view(bias_shape_);
  }

  bool replaces_bias() const override { return true; }

  // Only a shift; the weight that the layer computes with is `weight`'s.
  std::optional<Affine> frozen() const override { return Affine{{}, bias_}; }

 private:
  static torch::Tensor row_norms(const torch::Tensor& w) { return w.flatten(1).norm(2, /*dim=*/1); }

  bool waits_for_data() const { return options_.data_init && is_training() && is_set_.item<float>() == 0; }

  void set_by(const torch::Tensor& x) {
    const torch::NoGradGuard no_grad;
    constexpr double kStill = 1e-10;  // smallest variance of a pre-activation that is rescaled
    const torch::Tensor values = x.transpose(0, 1).flatten(1);
    const torch::Tensor variance = values.var(1, /*unbiased=*/false);
    const torch::Tensor scale = torch::where(variance > kStill, torch::rsqrt(variance), torch::ones_like(variance));
    if (!scale_.defined()) scale_ = torch::ones_like(length_);
    scale_.copy_(scale);
    length_.mul_(scale);
    bias_.copy_(-values.mean(1) * scale);
    is_set_.fill_(1);
  }

  WeightOptions options_;
  std::vector<std::int64_t> bias_shape_;  // (C, 1...) against (N, C, spatial...)
  torch::Tensor length_;
  torch::Tensor bias_;
  torch::Tensor is_set_;
  torch::Tensor scale_;  // of the first training batch; ones until then
};

BNEXP_NORM(
    weight, WeightNorm, WeightOptions,
    {.summary =
         "Learns the weights of the layer before it as a length and a direction per output; changes no activation.",
     .formula = "y = (g * v / |v|) x + b per output row, g from |v|",
     .source = "Salimans & Kingma 2016, arXiv:1602.07868"});

}  // namespace
}  // namespace bnexp::norm
