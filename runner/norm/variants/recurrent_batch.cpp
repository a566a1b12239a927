// Batch normalization inside a recurrence. Statistics of early steps, which start from one state, differ from later
// ones, so each time step has its own running statistics (row t; steps after the last use the last row), while gamma is
// shared. gamma starts small: at 1 the tanh of a normalized cell saturates and gradients vanish over time. Slide 11
// shares the running statistics over time, so that they reflect about the last ten steps, and starts gamma at 1. Only
// the cell's norm has its own shift: the gates have the model's bias.
#include <algorithm>

#include "norm/batch_statistics.h"

namespace bnexp::norm {
namespace {

struct RecurrentOptions {
  std::string statistics = "per_step";
  double gamma = 0.1;
  double eps = 1e-5;
  double momentum = 0.1;

  void fields(config::Fields& f) {
    f.choice("statistics", statistics, {"per_step", "shared"}, "running statistics for each time step, or one for all");
    f.real("gamma", gamma, config::above(0), "initial scale");
    f.real("eps", eps, config::above(0), "added to the variance before the square root");
    f.real("momentum", momentum, config::between(0, 1), "weight of the new batch in the running statistics");
  }

  std::string refuses(const Slot& slot) const {
    if (slot.steps > 0) return "";
    return "recurrent_batch keeps statistics per time step and " + slot.name + " isn't in a recurrence; use lstm";
  }
};

class RecurrentBatch final : public Norm {
 public:
  RecurrentBatch(const RecurrentOptions& options, const Slot& slot)
      : options_(options), rows_(options.statistics == "shared" ? 1 : slot.steps) {
    weight_ = register_parameter("weight", torch::full({slot.channels}, options.gamma));
    if (!slot.after_layer) bias_ = register_parameter("bias", torch::zeros({slot.channels}));
    running_mean_ = register_buffer("running_mean", torch::zeros({rows_, slot.channels}));
    running_var_ = register_buffer("running_var", torch::ones({rows_, slot.channels}));
  }

  void at_step(std::int64_t t) override { row_ = std::min(t, rows_ - 1); }

  torch::Tensor forward(const torch::Tensor& x) override {
    torch::Tensor mean = running_mean_[row_];
    torch::Tensor var = running_var_[row_];
    const AffineEps with{weight_, bias_, options_.eps};
    if (!is_training()) return normalized_by(x, mean, var, with);
    require_several_values(x);
    const Moments batch = moments(x);
    mean.mul_(1 - options_.momentum).add_(batch.mean(), options_.momentum);
    var.mul_(1 - options_.momentum).add_(batch.unbiased_var(x), options_.momentum);
    return batch_normalized(x, batch, with);
  }

  bool replaces_bias() const override { return true; }

  // With statistics per step, the map differs from step to step.
  std::optional<Affine> frozen() const override {
    if (rows_ > 1) return std::nullopt;
    const torch::NoGradGuard no_grad;
    const torch::Tensor scale = weight_ * (running_var_[0] + options_.eps).rsqrt();
    const torch::Tensor shift = -running_mean_[0] * scale;
    return Affine{scale, bias_.defined() ? bias_ + shift : shift};
  }

 private:
  RecurrentOptions options_;
  std::int64_t rows_;
  std::int64_t row_ = 0;
  torch::Tensor weight_;
  torch::Tensor bias_;
  torch::Tensor running_mean_;
  torch::Tensor running_var_;
};

BNEXP_NORM(recurrent_batch, RecurrentBatch, RecurrentOptions,
           {.summary = "Batch normalization for recurrences, with running statistics for each time step.",
            .formula = "y_t = gamma * (x_t - E[x_t]) / sqrt(Var[x_t] + eps) + beta, E and Var over N at step t",
            .source = "Cooijmans et al. 2017, arXiv:1603.09025; slide 11",
            .semantics = 1});

}  // namespace
}  // namespace bnexp::norm
