// RMSprop: v <- alpha v + (1 - alpha) g^2; w <- w - lr g / (sqrt(v) + eps), with optional momentum.
#include "train/optimizer.h"

namespace bnexp::train {
namespace {

struct RmspropOptions : WeightDecayOptions {
  double lr = 0.01;
  double alpha = 0.99;
  double eps = 1e-8;
  double momentum = 0;

  void fields(config::Fields& f) {
    f.real("lr", lr, config::above(0), "learning rate before the schedule's factor");
    f.real("alpha", alpha, config::from_to_below(0, 1), "decay of the mean of squared gradients");
    f.real("eps", eps, config::above(0), "added to the denominator");
    f.real("momentum", momentum, config::from_to_below(0, 1), "momentum factor");
    WeightDecayOptions::fields(f, "L2 penalty added to the gradients");
  }
};

class Rmsprop final : public Optimizer {
 public:
  Rmsprop(const ParameterRange& range, const RmspropOptions& o)
      : values_(range.values),
        optimizer_({range.values}, torch::optim::RMSpropOptions(o.lr)
                                       .alpha(o.alpha)
                                       .eps(o.eps)
                                       .momentum(o.momentum)
                                       .weight_decay(o.weight_decay)) {
    range.values.mutable_grad() = range.gradients;
  }

  void step(double lr) override {
    optimizer_.param_groups().front().options().set_lr(lr);
    optimizer_.step();
  }

  SavedState save() const override {
    SavedState result;
    const auto found = optimizer_.state().find(values_.unsafeGetTensorImpl());
    if (found == optimizer_.state().end()) return result;
    const auto& state = static_cast<const torch::optim::RMSpropParamState&>(*found->second);
    result.values["step"] = state.step();
    result.tensors["square_avg"] = state.square_avg();
    if (state.momentum_buffer().defined()) result.tensors["momentum_buffer"] = state.momentum_buffer();
    return result;
  }

  void load(const SavedState& saved) override {
    optimizer_.state().clear();
    if (!saved.values.contains("step")) return;
    auto state = std::make_unique<torch::optim::RMSpropParamState>();
    state->step(count_in(saved.values, "step"));
    state->square_avg(torch::zeros_like(values_));
    saved.restore("square_avg", state->square_avg());
    if (saved.tensors.contains("momentum_buffer")) {
      state->momentum_buffer(torch::zeros_like(values_));
      saved.restore("momentum_buffer", state->momentum_buffer());
    }
    optimizer_.state()[values_.unsafeGetTensorImpl()] = std::move(state);
  }

 private:
  torch::Tensor values_;
  torch::optim::RMSprop optimizer_;
};

const bool kAdded = add_optimizer<Rmsprop, RmspropOptions>(
    "rmsprop", {.summary = "Gradients divided by a running root mean square.",
                .formula = "v <- alpha * v + (1 - alpha) * grad^2; w <- w - lr * grad / (sqrt(v) + eps)",
                .source = "Tieleman & Hinton 2012; torch.optim.RMSprop"});

}  // namespace
}  // namespace bnexp::train
