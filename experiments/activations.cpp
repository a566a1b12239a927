// Question: what does a norm do to the distribution of activations, and does that distribution stay the same while the
// network trains?
// Measured, on up to `images` fixed images that are not trained on, every `every` steps, before and after each norm, in
// training and in evaluation mode: the 15th, 50th and 85th percentiles of one unit (the middle channel, at the middle
// position if there are positions); its density at the first and last measurement; and the drift, averaged over all
// channels, D = (max_t q50 - min_t q50) / mean_t(q85 - q15).
// Slide 6 shows an untrained network in evaluation mode, where batch normalization is the identity, and pools all
// channels, whose mixture isn't Gaussian. This probe separates units and modes, and shows changes over time. The arm
// without a norm is measured at the same places. Reducing this drift is not why batch normalization helps: Santurkar et
// al. 2018, arXiv:1805.11604.
// Source: slide 6; Ioffe & Szegedy 2015, section 4.1 and figure 1.
// Cost: two forward passes over the images per measurement.
// If values are not finite, percentiles and drift are null, and densities are of the finite values.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "experiments/quantiles.h"
#include "train/batch_check.h"
#include "train/probe.h"

namespace bnexp::experiments {
namespace {

struct ActivationsOptions {
  std::int64_t every = 50;
  std::int64_t images = 256;

  void fields(config::Fields& f) {
    f.integer("every", every, config::at_least(1), "steps between two measurements");
    f.integer("images", images, config::between(2, 1000), "number of fixed images to measure on");
  }
};

constexpr int kBins = 64;

// (N, C): each channel's values over the images, at the middle position where there are positions.
torch::Tensor units(const torch::Tensor& x) {
  torch::Tensor values = x.detach();
  while (values.dim() > 2) values = values.select(-1, values.size(-1) / 2);
  return values.to(torch::kCPU, torch::kDouble);
}

// A histogram of the finite values, as a density; null if there are none.
Json density(const torch::Tensor& all) {
  const torch::Tensor values = all.masked_select(torch::isfinite(all));
  if (values.numel() == 0) return nullptr;
  const auto low = values.min().item<double>();
  const auto high = std::max(values.max().item<double>(), low + std::max(1e-12, 1e-12 * std::abs(low)));
  const torch::Tensor counts = torch::histc(values, kBins, low, high);
  const double scale = kBins / ((high - low) * static_cast<double>(values.numel()));
  const torch::Tensor heights = counts * scale;
  return {{"low", low},
          {"high", high},
          {"density", std::vector<double>(heights.data_ptr<double>(), heights.data_ptr<double>() + kBins)}};
}

// One side of one slot in one mode, over time.
struct Side {
  QuantileSeries unit;
  torch::Tensor lowest;  // per channel, of q50 over time
  torch::Tensor highest;
  torch::Tensor width;  // summed q85 - q15
  std::int64_t readings = 0;
  Json first_density;
  Json last_density;

  void add(const torch::Tensor& x, std::int64_t step) {
    const torch::Tensor values = units(x);
    const torch::Tensor middle = values.select(1, values.size(1) / 2);
    unit.add(middle);
    const torch::Tensor q = torch::quantile(values, torch::tensor({0.15, 0.5, 0.85}, torch::kDouble), /*dim=*/0);
    lowest = readings == 0 ? q[1] : torch::minimum(lowest, q[1]);
    highest = readings == 0 ? q[1] : torch::maximum(highest, q[1]);
    width = readings == 0 ? q[2] - q[0] : width + q[2] - q[0];
    ++readings;
    last_density = density(middle);
    if (!last_density.is_null()) last_density["step"] = step;
    if (readings == 1) first_density = last_density;
  }

  // Leaves out channels that never vary (all images alike) or aren't always finite; null if none is left.
  Json drift() const {
    const torch::Tensor alive = (width > 0).logical_and(torch::isfinite(width + highest - lowest));
    if (!alive.any().item<bool>()) return nullptr;
    const torch::Tensor ratio = (highest - lowest) / (width / static_cast<double>(readings));
    return train::finite_or_null(ratio.masked_select(alive).mean().item<double>());
  }

  train::SavedState save() const {
    return {{{"lowest", lowest}, {"highest", highest}, {"width", width}},
            {{"unit", unit.json()}, {"readings", readings}, {"first", first_density}, {"last", last_density}}};
  }

  void load(const train::SavedState& state, std::int64_t channels, std::size_t points) {
    lowest = state.tensor("lowest", {channels}, torch::kDouble);
    highest = state.tensor("highest", {channels}, torch::kDouble);
    width = state.tensor("width", {channels}, torch::kDouble);
    unit.resume(state.values.at("unit"), points);
    readings = train::count_in(state.values, "readings");
    first_density = state.values.at("first");
    last_density = state.values.at("last");
    train::require(readings > 0 && state.values.at("readings") == points,
                   "has measurements that do not fit their steps");
    for (const Json& shape : {first_density, last_density}) {
      train::require(shape.is_null() || shape.is_object(), "has a density that is none");
    }
  }
};

class Activations final : public train::Probe, private model::Observer {
 public:
  explicit Activations(const ActivationsOptions& options) : options_(options) {}

  void on_begin(train::ProbeContext& context) override { read(context, 0); }

  void on_step(train::ProbeContext& context, const train::Step& step) override {
    if (step.step % options_.every == 0 || step.step == context.steps) read(context, step.step);
  }

  train::SavedState save() const override {
    train::SavedState state;
    state.values = {{"steps", steps_}, {"sides", Json::array()}};
    for (const auto& [slot, sides] : slots_) {
      for (const auto& [place, side] : sides) {
        const std::string name = fmt::format("side {}", state.values["sides"].size());
        state.values["sides"].push_back({slot, place.first, place.second});
        state.add(name, side.save());
      }
    }
    return state;
  }

  void load(train::ProbeContext& context, const train::SavedState& state) override {
    state.values.at("steps").get_to(steps_);
    std::map<std::string, std::int64_t> channels;
    for (const auto& place : context.model.norm_slots()) channels[place.slot.name] = place.slot.channels;
    const Json& sides = state.values.at("sides");
    for (std::size_t i = 0; i < sides.size(); ++i) {
      const auto [slot, mode, side] = sides.at(i).get<std::array<std::string, 3>>();
      slots_[slot][{mode, side}].load(state.part(fmt::format("side {}", i)), channels.at(slot), steps_.size());
    }
    train::require(slots_.size() == channels.size(), "lacks activations");
    for (const auto& [slot, loaded] : slots_) {
      train::require(loaded.size() == 4, "has not both modes and both sides of a norm");
    }
  }

  Json result() const override {
    Json slots = Json::array();
    for (const auto& [slot, sides] : slots_) {
      Json series = Json::array();
      Json densities = Json::array();
      for (const auto& [place, side] : sides) {
        const Json where{{"mode", place.first}, {"side", place.second}};
        Json line = side.unit.json();
        line.update(where);
        line["drift"] = side.drift();
        series.push_back(std::move(line));
        for (Json shape : {side.first_density, side.last_density}) {
          if (shape.is_null()) continue;
          shape.update(where);
          if (densities.empty() || densities.back() != shape) densities.push_back(std::move(shape));
        }
      }
      slots.push_back(
          {{"slot", slot}, {"steps", steps_}, {"series", std::move(series)}, {"densities", std::move(densities)}});
    }
    return {{"slots", std::move(slots)}};
  }

 private:
  // How many of the fixed images are looked at: as many as no norm refuses in training, such as ghost batch norm for a
  // last group of one.
  std::int64_t trainable(train::ProbeContext& context) const {
    const train::PreservedModel preserved(context.model);
    context.model.train();
    std::int64_t images = std::min(options_.images, context.fixed_images.size(0));
    const auto refuses = [&](const auto& place) { return train::needs_more_values(*place.norm, place.slot, images); };
    while (images > 1 && std::ranges::any_of(context.model.norm_slots(), refuses)) --images;
    return images;
  }

  void read(train::ProbeContext& context, std::int64_t step) {
    const torch::NoGradGuard no_grad;
    const torch::Tensor images = context.fixed_images.slice(0, 0, trainable(context));
    const train::PreservedModel preserved(context.model);
    const model::ScopedObserver observed(context.model, *this);
    steps_.push_back(step);
    step_ = step;
    for (const bool training : {false, true}) {
      mode_ = training ? "train" : "eval";
      context.model.train(training);
      context.model.forward(images);
    }
  }

  void on_norm(const norm::Slot& slot, const torch::Tensor& before, const torch::Tensor& after) override {
    slots_[slot.name][{mode_, "before"}].add(before, step_);
    slots_[slot.name][{mode_, "after"}].add(after, step_);
  }

  void on_layer(const std::string&, const torch::Tensor&) override {}

  ActivationsOptions options_;
  std::vector<std::int64_t> steps_;
  std::int64_t step_ = 0;
  std::string mode_;
  std::map<std::string, std::map<std::pair<std::string, std::string>, Side>> slots_;
};

BNEXP_PROBE(activations, Activations, ActivationsOptions,
            {.summary = "Percentiles and densities of activations before and after each norm, in both modes.",
             .formula = "drift = (max_t q50 - min_t q50) / mean_t(q85 - q15), mean over channels",
             .source = "slide 6; Ioffe & Szegedy 2015, section 4.1"});

}  // namespace
}  // namespace bnexp::experiments
