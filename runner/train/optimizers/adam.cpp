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
};

struct AdamWOptions : AdamOptions {
  AdamWOptions() { weight_decay = 0.01; }
};

// What both keep: the means and the number of steps.
class AdamBase : public Optimizer {
 protected:
  AdamBase(Slopes slopes, const AdamOptions& options)
      : slopes_(std::move(slopes)),
        options_(options),
        mean_(torch::zeros_like(slopes_.values)),
        square_(torch::zeros_like(slopes_.values)),
        steps_(torch::zeros({}, slopes_.values.options().dtype(torch::kFloat))) {}

  template <class Update>
  void step(double lr, const Update& update) {
    steps_.add_(1);
    update(slopes_.values, slopes_.gradients, mean_, square_, at::TensorList(), steps_, lr, options_.beta1,
           options_.beta2, options_.weight_decay, options_.eps, /*amsgrad=*/false, /*maximize=*/false);
  }

 private:
  Slopes slopes_;
  AdamOptions options_;
  torch::Tensor mean_;
  torch::Tensor square_;
  torch::Tensor steps_;
};

class Adam final : public AdamBase {
 public:
  Adam(Slopes slopes, const AdamOptions& options) : AdamBase(std::move(slopes), options) {}
  void step(double lr) override {
    AdamBase::step(lr, [](auto&&... arguments) { at::_fused_adam_(arguments...); });
  }
};

class AdamW final : public AdamBase {
 public:
  AdamW(Slopes slopes, const AdamWOptions& options) : AdamBase(std::move(slopes), options) {}
  void step(double lr) override {
    AdamBase::step(lr, [](auto&&... arguments) { at::_fused_adamw_(arguments...); });
  }
};

const bool kAdam = add_optimizer<Adam, AdamOptions>(
    "adam", {.summary = "Adaptive moment estimation.",
             .formula = "w <- w - lr * m / (sqrt(v) + eps), m and v bias-corrected means of grad and grad^2",
             .source = "Kingma & Ba 2015, arXiv:1412.6980; torch.optim.Adam"});
const bool kAdamW = add_optimizer<AdamW, AdamWOptions>(
    "adamw", {.summary = "Adam with decoupled weight decay.",
              .formula = "w <- (1 - lr * weight_decay) * w - lr * m / (sqrt(v) + eps)",
              .source = "Loshchilov & Hutter 2019, arXiv:1711.05101; torch.optim.AdamW"});

}  // namespace
}  // namespace bnexp::train
