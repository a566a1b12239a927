// The identity: the arm that every claim about a norm is measured against.
#include "norm/norm.h"

namespace bnexp::norm {
namespace {

class None final : public Norm {
 public:
  None(const config::NoOptions&, const Slot&) {}
  torch::Tensor forward(const torch::Tensor& x) override { return x; }
  bool replaces_bias() const override { return false; }
  std::optional<Recipe> recipe() const override { return Recipe{}; }
};

BNEXP_NORM(none, None, config::NoOptions,
           {.summary = "No normalization; layers keep their bias.",
            .formula = "y = x",
            .source = "slides 3 and 7: the network without normalization"});

}  // namespace
}  // namespace bnexp::norm
