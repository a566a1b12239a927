// Question: how does the training loss fall, step by step, at each learning rate, and where does it diverge?
// Measured: mean loss of the training batches over windows of `every` steps, before each update; ends at divergence.
// Source: slide 7, with additions: fresh weights for every rate, a check for finite values, accuracy as well as loss.
// Cost: none.
#include "train/probe.h"

namespace bnexp::experiments {
namespace {

struct LossCurveOptions {
  std::int64_t every = 10;

  void fields(config::Fields& f) { f.integer("every", every, config::at_least(1), "steps averaged into one point"); }
};

class LossCurve final : public train::Probe {
 public:
  explicit LossCurve(const LossCurveOptions& options) : every_(options.every) {}

  void on_step(train::ProbeContext& context, const train::Step& step) override {
    sum_ += step.loss * static_cast<double>(step.samples);
    samples_ += step.samples;
    if (step.step % every_ != 0 && step.step != context.steps) return;
    steps_.push_back(step.step);
    loss_.push_back(sum_ / static_cast<double>(samples_));
    lr_.push_back(step.lr);
    sum_ = 0;
    samples_ = 0;
  }

  train::SavedState save() const override {
    return {{}, {{"sum", sum_}, {"samples", samples_}, {"steps", steps_}, {"loss", loss_}, {"lr", lr_}}};
  }

  void load(train::ProbeContext&, const train::SavedState& state) override {
    sum_ = state.values.at("sum");
    samples_ = train::count_in(state.values, "samples");
    steps_ = state.values.at("steps").get<std::vector<std::int64_t>>();
    loss_ = state.values.at("loss").get<std::vector<double>>();
    lr_ = state.values.at("lr").get<std::vector<double>>();
    train::require(loss_.size() == steps_.size() && lr_.size() == steps_.size(),
                   "has a loss curve that does not fit its steps");
  }

  Json result() const override { return {{"every", every_}, {"steps", steps_}, {"loss", loss_}, {"lr", lr_}}; }

 private:
  std::int64_t every_;
  double sum_ = 0;
  std::int64_t samples_ = 0;
  std::vector<std::int64_t> steps_;
  std::vector<double> loss_;
  std::vector<double> lr_;
};

BNEXP_PROBE(loss_curve, LossCurve, LossCurveOptions,
            {.summary = "Training loss by step, and the learning rates that train.",
             .formula = "mean loss over each window of `every` steps",
             .source = "slide 7"});

}  // namespace
}  // namespace bnexp::experiments
