#include "train/optimizer.h"

#include "base/registry.h"

namespace bnexp::train {
namespace {

Registry<OptimizerMaker>& makers() {
  static Registry<OptimizerMaker> registry;
  return registry;
}

}  // namespace

void add_optimizer(const std::string& name, OptimizerMaker maker) { makers().add(name, std::move(maker)); }

std::unique_ptr<Optimizer> make_optimizer(const config::Variant& optimizer, Slopes slopes) {
  const OptimizerMaker* maker = makers().find(optimizer.name);
  if (maker == nullptr) throw std::logic_error("optimizer '" + optimizer.name + "' was never registered");
  return (*maker)(std::move(slopes), optimizer.settings);
}

double base_lr(const config::Variant& optimizer) { return optimizer.settings.at("lr").get<double>(); }

}  // namespace bnexp::train
