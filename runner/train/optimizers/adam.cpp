// Adam and AdamW. They differ in the weight decay: added to the gradient, or subtracted directly from the weight.
#include "train/optimizer.h"

namespace bnexp::train {
namespace {

struct AdamOptions : WeightDecayOptions {
  double lr = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double eps = 1e-8;

  void fields(config::Fields& f) {
    f.real("lr", lr, config::above(0), "learning rate before the schedule's factor");
    f.real("beta1", beta1, config::from_to_below(0, 1), "decay of the mean of gradients");
    f.real("beta2", beta2, config::from_to_below(0, 1), "decay of the mean of squared gradients");
    f.real("eps", eps, config::above(0), "added to the denominator");
    WeightDecayOptions::fields(f, "adam: L2 penalty in the gradient; adamw: decoupled");
  }
};

struct AdamWOptions : AdamOptions {
  AdamWOptions() { weight_decay = 0.01; }
};

// Shared state: the means and the number of steps.
class AdamBase : public Optimizer {
 public:
  SavedState save() const override {
    return {{{"mean", mean_}, {"square", square_}, {"steps", steps_}}, Json::object()};
  }

  void load(const SavedState& state) override {
    state.restore("mean", mean_);
    state.restore("square", square_);
    state.restore("steps", steps_);
  }

 protected:
  AdamBase(ParameterRange range, const AdamOptions& options)
      : range_(std::move(range)),
        options_(options),
        mean_(torch::zeros_like(range_.values)),
        square_(torch::zeros_like(range_.values)),
        steps_(torch::zeros({}, range_.values.options().dtype(torch::kFloat))) {}

  template <class Update>
  void step(double lr, const Update& update) {
    steps_.add_(1);
    update(range_.values, range_.gradients, mean_, square_, at::TensorList(), steps_, lr, options_.beta1,
           options_.beta2, options_.weight_decay, options_.eps, /*amsgrad=*/false, /*maximize=*/false);
  }

 private:
  ParameterRange range_;
  AdamOptions options_;
  torch::Tensor mean_;
  torch::Tensor square_;
  torch::Tensor steps_;
};

class Adam final : public AdamBase {
 public:
  Adam(ParameterRange range, const AdamOptions& options) : AdamBase(std::move(range), options) {}
  void step(double lr) override {
    AdamBase::step(lr, [](auto&&... arguments) { at::_fused_adam_(arguments...); });
  }
};

class AdamW final : public AdamBase {
 public:
  AdamW(ParameterRange range, const AdamWOptions& options) : AdamBase(std::move(range), options) {}
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
