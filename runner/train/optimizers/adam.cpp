// Adam and AdamW, which differ in where the weight decay goes: into the gradient, or straight off the weight.
#include "train/optimizer.h"

namespace bnexp::train {
namespace {

struct AdamOptions {
  double lr = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double eps = 1e-8;
  double weight_decay = 0;

  void fields(config::Fields& f) {
    f.real("lr", lr, config::above(0), "learning rate before the schedule's factor");
    f.real("beta1", beta1, config::from_to_below(0, 1), "decay of the mean of gradients");
    f.real("beta2", beta2, config::from_to_below(0, 1), "decay of the mean of squared gradients");
    f.real("eps", eps, config::above(0), "added to the root of the mean square");
    f.real("weight_decay", weight_decay, config::at_least(0), "adam: L2 penalty in the gradient; adamw: decoupled");
  }

  std::unique_ptr<torch::optim::Optimizer> make(std::vector<torch::Tensor> parameters) const {
    return std::make_unique<torch::optim::Adam>(
        std::move(parameters), torch::optim::AdamOptions(lr).betas({beta1, beta2}).eps(eps).weight_decay(weight_decay));
  }
};

struct AdamWOptions : AdamOptions {
  AdamWOptions() { weight_decay = 0.01; }

  std::unique_ptr<torch::optim::Optimizer> make(std::vector<torch::Tensor> parameters) const {
    return std::make_unique<torch::optim::AdamW>(
        std::move(parameters),
        torch::optim::AdamWOptions(lr).betas({beta1, beta2}).eps(eps).weight_decay(weight_decay));
  }
};

const bool kAdam = add_optimizer<AdamOptions>(
    "adam", {.summary = "Adaptive moment estimation.",
             .formula = "w <- w - lr * m / (sqrt(v) + eps), m and v bias-corrected means of grad and grad^2",
             .source = "Kingma & Ba 2015, arXiv:1412.6980; torch.optim.Adam"});
const bool kAdamW =
    add_optimizer<AdamWOptions>("adamw", {.summary = "Adam with decoupled weight decay.",
                                          .formula = "w <- (1 - lr * weight_decay) * w - lr * m / (sqrt(v) + eps)",
                                          .source = "Loshchilov & Hutter 2019, arXiv:1711.05101; torch.optim.AdamW"});

}  // namespace
}  // namespace bnexp::train
