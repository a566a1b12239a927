// Stochastic gradient descent: g <- grad + weight_decay w; b <- momentum b + g (b = g at first);
// w <- w - lr (nesterov ? g + momentum b : b).
#include "train/optimizer.h"

namespace bnexp::train {
namespace {

struct SgdOptions : WeightDecayOptions {
  double lr = 0.01;
  double momentum = 0;
  bool nesterov = false;

  void fields(config::Fields& f) {
    f.real("lr", lr, config::above(0), "learning rate before the schedule's factor");
    f.real("momentum", momentum, config::from_to_below(0, 1), "momentum factor");
    f.boolean("nesterov", nesterov, "use Nesterov momentum");
    WeightDecayOptions::fields(f, "L2 penalty added to the gradients");
    f.check(!nesterov || momentum > 0, "nesterov", "nesterov needs a momentum above 0",
            "set momentum, for example 0.9");
  }
};

class Sgd final : public Optimizer {
 public:
  Sgd(ParameterRange range, const SgdOptions& options) : range_(std::move(range)), options_(options) {
    if (options_.momentum > 0) momentum_ = torch::zeros_like(range_.values);
  }

  void step(double lr) override {
    at::TensorList momentum = momentum_.defined() ? at::TensorList(momentum_) : at::TensorList();
    at::_fused_sgd_(range_.values, range_.gradients, momentum, options_.weight_decay, options_.momentum, lr,
                    /*dampening=*/0, options_.nesterov, /*maximize=*/false, is_first_ && momentum_.defined());
    is_first_ = false;
  }

  SavedState save() const override {
    SavedState state;
    if (momentum_.defined()) state.tensors["momentum"] = momentum_;
    state.values["is_first"] = is_first_;
    return state;
  }

  void load(const SavedState& state) override {
    if (momentum_.defined()) state.restore("momentum", momentum_);
    is_first_ = state.values.at("is_first").get<bool>();
  }

 private:
  ParameterRange range_;
  SgdOptions options_;
  torch::Tensor momentum_;
  bool is_first_ = true;
};

const bool kAdded = add_optimizer<Sgd, SgdOptions>(
    "sgd", {.summary = "Stochastic gradient descent, optionally with momentum or Nesterov momentum.",
            .formula = "b <- momentum * b + grad + weight_decay * w; w <- w - lr * b",
            .source = "Robbins & Monro 1951; Sutskever et al. 2013; torch.optim.SGD"});

}  // namespace
}  // namespace bnexp::train
