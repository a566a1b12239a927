// Question: how do the running mean and variance change while a network trains, and how much of that is noise that
// depends on the momentum m?
// Measured: (1) every `every` steps, quantiles over channels of running_mean and running_var of each norm that has
// them; (2) the law, free of the network: the same momentum fed with independent batches of N values from N(0, 1), the
// standard deviation of the running statistics across 1000 channels against
//   std(r_mean) = sqrt(m / ((2 - m) N)) sqrt(1 - (1 - m)^(2t)),
//   std(r_var)  = sqrt(2 / (N - 1) * m / (2 - m)) sqrt(1 - (1 - m)^(2t)),
// and for a cumulative average (momentum null) sqrt(1 / (N t)) and sqrt(2 / ((N - 1) t)).
// Slide 5 takes the standard deviation over the last 100 steps instead, which understates a slow average: neighbouring
// values of it are nearly equal. It must be taken across channels or replicas, as here.
// Source: slide 5; the law is the variance of an exponential average of independent terms.
// Cost: below 1% at every >= 10, plus about a second for the law.
#include <cmath>

#include "base/random.h"
#include "experiments/quantiles.h"
#include "train/probe.h"

namespace bnexp::experiments {
namespace {

struct RunningStatsOptions {
  std::int64_t every = 10;
  std::int64_t law_batch = 32;
  std::int64_t law_steps = 500;

  void fields(config::Fields& f) {
    f.integer("every", every, config::at_least(1),
              "steps between two measurements of the network's running statistics");
    f.integer("law_batch", law_batch, config::at_least(2), "values per channel and batch, N in the law");
    f.integer("law_steps", law_steps, config::at_least(0), "number of batches for the law; 0: skip it");
  }
};

struct Layer {
  norm::Slot slot;
  torch::Tensor mean;
  torch::Tensor var;
  QuantileSeries mean_series;
  QuantileSeries var_series;
};

constexpr std::int64_t kChannels = 1000;

class RunningStats final : public train::Probe {
 public:
  explicit RunningStats(const RunningStatsOptions& options) : options_(options) {}

  void on_begin(train::ProbeContext& context) override {
    find_layers(context.model);
    // The law is for plain batch statistics.
    if (!layers_.empty() && options_.law_steps > 0 && context.spec.norm.name == "batch") follow_law(context.spec);
  }

  void on_step(train::ProbeContext& context, const train::Step& step) override {
    if (layers_.empty() || (step.step % options_.every != 0 && step.step != context.steps)) return;
    steps_.push_back(step.step);
    for (auto& layer : layers_) {
      layer.mean_series.add(layer.mean);
      layer.var_series.add(layer.var);
    }
  }

  train::SavedState save() const override {
    Json layers = Json::array();
    for (const auto& layer : layers_) layers.push_back({layer.mean_series.json(), layer.var_series.json()});
    return {{}, {{"layers", std::move(layers)}, {"steps", steps_}, {"law", law_}}};
  }

  void load(train::ProbeContext& context, const train::SavedState& state) override {
    find_layers(context.model);
    state.values.at("steps").get_to(steps_);
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      layers_[i].mean_series.resume(state.values.at("layers").at(i).at(0), steps_.size());
      layers_[i].var_series.resume(state.values.at("layers").at(i).at(1), steps_.size());
    }
    law_ = state.values.at("law");
    train::require(law_.is_null() || law_.is_object(), "has a law that is none");
  }

  Json result() const override {
    Json layers = Json::array();
    for (const auto& layer : layers_) {
      layers.push_back({{"layer", layer.slot.name},
                        {"channels", layer.slot.channels},
                        {"steps", steps_},
                        {"mean", layer.mean_series.json()},
                        {"var", layer.var_series.json()}});
    }
    return {{"layers", std::move(layers)}, {"law", law_}};
  }

 private:
  void find_layers(const model::Model& model) {
    for (const auto& place : model.norm_slots()) {
      const auto buffers = place.norm->named_buffers();
      if (!buffers.contains("running_mean") || !buffers.contains("running_var")) continue;
      layers_.push_back({place.slot, buffers["running_mean"], buffers["running_var"], {}, {}});
    }
  }

  // The configured norm, on independent and identically distributed batches.
  void follow_law(const config::TrialSpec& spec) {
    const auto norm = norm::make(spec.norm, {"law", kChannels, {}});
    const torch::NoGradGuard no_grad;
    norm->train();
    const auto buffers = norm->named_buffers();
    const auto n = static_cast<double>(options_.law_batch);
    const Json& momentum = spec.norm.settings.at("momentum");
    auto generator = at::detail::createCPUGenerator(Random(static_cast<std::uint64_t>(spec.seed), "probe/law").next());
    std::vector<std::int64_t> steps;
    std::vector<double> mean;
    std::vector<double> mean_theory;
    std::vector<double> var;
    std::vector<double> var_theory;
    for (std::int64_t t = 1; t <= options_.law_steps; ++t) {
      norm->forward(torch::randn({options_.law_batch, kChannels}, generator));
      if (t % 10 != 0 && t != 1 && t != options_.law_steps) continue;
      const double share = kept_variance(momentum, t);
      steps.push_back(t);
      mean.push_back(buffers["running_mean"].to(torch::kDouble).std().item<double>());
      mean_theory.push_back(std::sqrt(share / n));
      var.push_back(buffers["running_var"].to(torch::kDouble).std().item<double>());
      var_theory.push_back(std::sqrt(2 * share / (n - 1)));
    }
    law_ = {{"momentum", momentum},  {"batch", options_.law_batch},
            {"channels", kChannels}, {"steps", steps},
            {"std_mean", mean},      {"std_mean_theory", mean_theory},
            {"std_var", var},        {"std_var_theory", var_theory}};
  }

  // Variance of the average of t independent batch statistics, relative to that of one.
  static double kept_variance(const Json& momentum, std::int64_t t) {
    if (momentum.is_null()) return 1 / static_cast<double>(t);
    const double m = momentum.get<double>();
    return m / (2 - m) * (1 - std::pow(1 - m, 2 * static_cast<double>(t)));
  }

  RunningStatsOptions options_;
  std::vector<Layer> layers_;
  std::vector<std::int64_t> steps_;
  Json law_;
};

BNEXP_PROBE(running_stats, RunningStats, RunningStatsOptions,
            {.summary = "Running mean and variance by layer over time, and the theoretical law of their noise.",
             .formula = "std(r_mean) = sigma * sqrt(m / ((2 - m) * N)); std(r_var) = sigma^2 * sqrt(2/(N-1) * m/(2-m))",
             .source = "slide 5"});

}  // namespace
}  // namespace bnexp::experiments
