// The identity, the baseline for every norm.
#include "norm/norm.h"

namespace bnexp::norm {
namespace {

class None final : public Norm {
 public:
  static constexpr bool kIsIdentity = true;
  None(const config::NoOptions&, const Slot&) {}
  torch::Tensor forward(const torch::Tensor& x) override { return x; }
  TorchForm torch_form() const override { return TorchForm::forward; }
  bool replaces_bias() const override { return false; }
  std::optional<Affine> frozen() const override { return Affine{}; }
  std::optional<FusedForm> fused_form() const override { return FusedForm{}; }
};

BNEXP_NORM(none, None, config::NoOptions,
           {.summary = "No normalization; layers keep their bias.",
            .formula = "y = x",
            .source = "slides 3 and 7: the network without normalization"});

}  // namespace
}  // namespace bnexp::norm
