// Weight standardization: the layer before the slot computes with weights of mean 0 and standard deviation 1 per output
// row; its learned weight stays as it is. As in the authors' code, the deviation is unbiased and eps is added to it,
// not to the variance; a common port uses the biased one with eps inside the root. The paper puts group norm after it:
// `groups`.
#include <fmt/format.h>

#include "base/error.h"
#include "norm/norm.h"

namespace bnexp::norm {
namespace {

constexpr double kGroupEps = 1e-5;  // group norm's own

struct WeightStandardizationOptions {
  double eps = 1e-5;
  std::optional<std::int64_t> groups;

  void fields(config::Fields& f) {
    f.real("eps", eps, config::above(0), "added to the standard deviation of a row");
    f.optional_integer("groups", groups, config::at_least(1),
                       "number of groups of a group norm that follows, affine per channel; null: none");
  }

  std::string refuses(const Slot& slot) const {
    if (!slot.after_layer) {
      return fmt::format("weight standardization acts on the weights of the layer before it, and {} follows none",
                         slot.name);
    }
    if (groups && slot.channels % *groups != 0) {
      return fmt::format("groups {} doesn't divide the {} channels of {}", *groups, slot.channels, slot.name);
    }
    if (groups && slot.channels == *groups && slot.values_per_channel() == 1) {
      return fmt::format("groups {} leaves one value per group in {}, which has {} channels and no positions", *groups,
                         slot.name, slot.channels);
    }
    return "";
  }
};

class WeightStandardization final : public Norm {
 public:
  WeightStandardization(const WeightStandardizationOptions& options, const Slot& slot) : options_(options) {
    if (options.groups) {
      weight_ = register_parameter("weight", torch::ones({slot.channels}));
      bias_ = register_parameter("bias", torch::zeros({slot.channels}));
    }
  }

  void begin(const torch::Tensor& w) override {
    if (w.defined() && w.numel() == w.size(0)) {
      throw usage_error("weight standardization: the layer has one weight per output, which has no standard deviation",
                        "use another norm, or a wider layer before it");
    }
  }

  torch::Tensor weight(const torch::Tensor& w) override {
    const torch::Tensor rows = w.flatten(1);
    const torch::Tensor deviation = rows.std(1, /*unbiased=*/true, /*keepdim=*/true);
    return ((rows - rows.mean(1, /*keepdim=*/true)) / (deviation + options_.eps)).reshape(w.sizes());
  }

  torch::Tensor forward(const torch::Tensor& x) override {
    return options_.groups ? torch::group_norm(x, *options_.groups, weight_, bias_, kGroupEps) : x;
  }

  bool replaces_bias() const override { return options_.groups.has_value(); }

  // The identity if there is no group norm; the weight that the layer computes with is `weight`'s.
  std::optional<Affine> frozen() const override { return options_.groups ? std::nullopt : std::optional(Affine{}); }

 private:
  WeightStandardizationOptions options_;
  torch::Tensor weight_;
  torch::Tensor bias_;
};

BNEXP_NORM(
    weight_standardization, WeightStandardization, WeightStandardizationOptions,
    {.summary =
         "Standardizes the weights of the layer before it per output, optionally with group norm of the activations.",
     .formula = "w^ = (w - E[w]) / (std[w] + eps), E and std over a row of the weights, std unbiased",
     .source = "Qiao, Wang, Liu, Shen & Yuille 2019, arXiv:1903.10520"});

}  // namespace
}  // namespace bnexp::norm
