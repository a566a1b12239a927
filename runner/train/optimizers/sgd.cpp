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

  std::unique_ptr<torch::optim::Optimizer> make(std::vector<torch::Tensor> parameters) const {
    return std::make_unique<torch::optim::SGD>(
        std::move(parameters),
        torch::optim::SGDOptions(lr).momentum(momentum).nesterov(nesterov).weight_decay(weight_decay));
  }
};

const bool kAdded =
    add_optimizer<SgdOptions>("sgd", {.summary = "Stochastic gradient descent with momentum and Nesterov's variant.",
                                      .formula = "b <- momentum * b + grad + weight_decay * w; w <- w - lr * b",
                                      .source = "Robbins & Monro 1951; Sutskever et al. 2013; torch.optim.SGD"});

}  // namespace
}  // namespace bnexp::train
