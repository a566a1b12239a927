// Optimizers by name, in LibTorch's fused forms where it has them. One file each in optimizers/.
#pragma once

#include <torch/torch.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "config/settings/catalog.h"

namespace bnexp::train {

class Optimizer {
 public:
  virtual ~Optimizer() = default;
  // Changes the values by their gradients, at a learning rate of `lr`.
  virtual void step(double lr) = 0;
};

// Two tensors of one shape.
struct Slopes {
  torch::Tensor values;
  torch::Tensor gradients;
};

using OptimizerMaker = std::function<std::unique_ptr<Optimizer>(Slopes slopes, const Json& settings)>;

void add_optimizer(const std::string& name, OptimizerMaker maker);

std::unique_ptr<Optimizer> make_optimizer(const config::Variant& optimizer, Slopes slopes);

// The learning rate before the schedule's factor; every optimizer's options have `lr`.
double base_lr(const config::Variant& optimizer);

// Implementation is constructed from (Slopes, const Options&).
template <class Implementation, class Options>
bool add_optimizer(const std::string& name, config::About about) {
  config::Catalog::instance().add_options<Options>("optimizer", name, std::move(about));
  add_optimizer(name, [](Slopes slopes, const Json& settings) -> std::unique_ptr<Optimizer> {
    return std::make_unique<Implementation>(std::move(slopes), config::from_json<Options>(settings));
  });
  return true;
}

}  // namespace bnexp::train
