// Optimizers by name, LibTorch's own. One file each in optimizers/.
#pragma once

#include <torch/torch.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "config/catalog.h"

namespace bnexp::train {

using OptimizerMaker = std::function<std::unique_ptr<torch::optim::Optimizer>(std::vector<torch::Tensor> parameters,
                                                                              const Json& settings)>;

void add_optimizer(const std::string& name, OptimizerMaker maker);

std::unique_ptr<torch::optim::Optimizer> make_optimizer(const config::Variant& optimizer,
                                                        std::vector<torch::Tensor> parameters);

// The learning rate before the schedule's factor; every optimizer's options have `lr`.
double base_lr(const config::Variant& optimizer);

template <class Options>
bool add_optimizer(const std::string& name, config::About about) {
  config::Catalog::instance().add_options<Options>("optimizer", name, std::move(about));
  add_optimizer(name, [](std::vector<torch::Tensor> parameters, const Json& settings) {
    return config::from_json<Options>(settings).make(std::move(parameters));
  });
  return true;
}

}  // namespace bnexp::train
