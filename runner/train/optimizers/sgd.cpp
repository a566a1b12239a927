// Stochastic gradient descent: g <- grad + weight_decay w; b <- momentum b + g (b = g at first);
// w <- w - lr (nesterov ? g + momentum b : b).
#include "train/optimizer.h"

namespace bnexp::train {
namespace {

struct SgdOptions {
  double lr = 0.01;
  double momentum = 0;
  bool nesterov = false;
  double weight_decay = 0;

  void fields(config::Fields& f) {
    f.real("lr", lr, config::above(0), "learning rate before the schedule's factor");
    f.real("momentum", momentum, config::from_to_below(0, 1), "weight of the former update");
    f.boolean("nesterov", nesterov, "look ahead along the momentum");
    f.real("weight_decay", weight_decay, config::at_least(0), "L2 penalty added to every gradient");
    f.check(!nesterov || momentum > 0, "nesterov", "nesterov needs a momentum above 0", "set momentum, 0.9 say");
  }
};

class Sgd final : public Optimizer {
 public:
  Sgd(Slopes slopes, const SgdOptions& options) : slopes_(std::move(slopes)), options_(options) {
    if (options_.momentum > 0) momentum_ = torch::zeros_like(slopes_.values);
  }

  void step(double lr) override {
    at::TensorList momentum = momentum_.defined() ? at::TensorList(momentum_) : at::TensorList();
    at::_fused_sgd_(slopes_.values, slopes_.gradients, momentum, options_.weight_decay, options_.momentum, lr,
                    /*dampening=*/0, options_.nesterov, /*maximize=*/false, is_first_);
    is_first_ = false;
  }

 private:
  Slopes slopes_;
  SgdOptions options_;
  torch::Tensor momentum_;
  bool is_first_ = true;
};

const bool kAdded = add_optimizer<Sgd, SgdOptions>(
    "sgd", {.summary = "Stochastic gradient descent with momentum and Nesterov's variant.",
            .formula = "b <- momentum * b + grad + weight_decay * w; w <- w - lr * b",
            .source = "Robbins & Monro 1951; Sutskever et al. 2013; torch.optim.SGD"});

}  // namespace
}  // namespace bnexp::train
