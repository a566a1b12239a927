// RMSprop: v <- alpha v + (1 - alpha) g^2; w <- w - lr g / (sqrt(v) + eps), with optional momentum.
#include "train/optimizer.h"

namespace bnexp::train {
namespace {

struct RmspropOptions {
  double lr = 0.01;
  double alpha = 0.99;
  double eps = 1e-8;
  double momentum = 0;
  double weight_decay = 0;

  void fields(config::Fields& f) {
    f.real("lr", lr, config::above(0), "learning rate before the schedule's factor");
    f.real("alpha", alpha, config::from_to_below(0, 1), "decay of the mean of squared gradients");
    f.real("eps", eps, config::above(0), "added to the root of the mean square");
    f.real("momentum", momentum, config::from_to_below(0, 1), "weight of the former update");
    f.real("weight_decay", weight_decay, config::at_least(0), "L2 penalty added to every gradient");
  }
};

class Rmsprop final : public Optimizer {
 public:
  Rmsprop(Slopes slopes, const RmspropOptions& o)
      : optimizer_({slopes.values}, torch::optim::RMSpropOptions(o.lr)
                                        .alpha(o.alpha)
                                        .eps(o.eps)
                                        .momentum(o.momentum)
                                        .weight_decay(o.weight_decay)) {
    slopes.values.mutable_grad() = slopes.gradients;
  }

  void step(double lr) override {
    optimizer_.param_groups().front().options().set_lr(lr);
    optimizer_.step();
  }

 private:
  torch::optim::RMSprop optimizer_;
};

const bool kAdded = add_optimizer<Rmsprop, RmspropOptions>(
    "rmsprop", {.summary = "Gradients divided by a running root mean square.",
                .formula = "v <- alpha * v + (1 - alpha) * grad^2; w <- w - lr * grad / (sqrt(v) + eps)",
                .source = "Tieleman & Hinton 2012; torch.optim.RMSprop"});

}  // namespace
}  // namespace bnexp::train
