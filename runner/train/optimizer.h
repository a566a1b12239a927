// Optimizers by name, with LibTorch's fused kernels if it has them. One file each in optimizers/.
#pragma once

#include <torch/torch.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "config/settings/catalog.h"
#include "train/parameters.h"
#include "train/saved_state.h"

namespace bnexp::train {

class Optimizer {
 public:
  virtual ~Optimizer() = default;
  // Updates the values with their gradients, at learning rate `lr`.
  virtual void step(double lr) = 0;
  // The optimizer's state. load() takes what save() returned, from the same optimizer and range.
  virtual SavedState save() const = 0;
  virtual void load(const SavedState& state) = 0;
};

// Options that every optimizer has.
struct WeightDecayOptions {
  double weight_decay = 0;
  std::string weight_decay_on = "all";

  // `doc` describes the decay.
  void fields(config::Fields& f, const char* doc);
};

using OptimizerMaker = std::function<std::unique_ptr<Optimizer>(ParameterRange range, const Json& settings)>;

void add_optimizer(const std::string& name, OptimizerMaker maker);

std::unique_ptr<Optimizer> make_optimizer(const config::Variant& optimizer, ParameterRange range);

// One optimizer per range, without weight decay if the range isn't decayed.
std::vector<std::unique_ptr<Optimizer>> make_optimizers(const config::Variant& optimizer,
                                                        const std::vector<ParameterRange>& ranges);

// The parameters that the optimizer's weight decay applies to.
Decayed decayed(const config::Variant& optimizer);

// The learning rate before the schedule's factor; every optimizer's options have `lr`.
double base_lr(const config::Variant& optimizer);

// Implementation is constructed from (ParameterRange, const Options&).
template <class Implementation, class Options>
bool add_optimizer(const std::string& name, config::About about) {
  config::Catalog::instance().add_options<Options>("optimizer", name, std::move(about));
  add_optimizer(name, [](ParameterRange range, const Json& settings) -> std::unique_ptr<Optimizer> {
    return std::make_unique<Implementation>(std::move(range), config::from_json<Options>(settings));
  });
  return true;
}

}  // namespace bnexp::train
