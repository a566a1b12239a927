#include "train/optimizer.h"

#include "base/registry.h"

namespace bnexp::train {
namespace {

Registry<OptimizerMaker>& optimizer_makers() {
  static Registry<OptimizerMaker> registry;
  return registry;
}

}  // namespace

void WeightDecayOptions::fields(config::Fields& f, const char* doc) {
  f.real("weight_decay", weight_decay, config::at_least(0), doc);
  f.introduced("all").choice("weight_decay_on", weight_decay_on, {"all", "weights"},
                             "all parameters, or only the weights of convolutions, linear layers and recurrent cells, "
                             "without biases, norm parameters and scalars");
}

void add_optimizer(const std::string& name, OptimizerMaker maker) { optimizer_makers().add(name, std::move(maker)); }

std::unique_ptr<Optimizer> make_optimizer(const config::Variant& optimizer, ParameterRange range) {
  const OptimizerMaker* maker = optimizer_makers().find(optimizer.name);
  if (maker == nullptr) throw std::logic_error("optimizer '" + optimizer.name + "' is not registered");
  return (*maker)(std::move(range), optimizer.settings);
}

std::vector<std::unique_ptr<Optimizer>> make_optimizers(const config::Variant& optimizer,
                                                        const std::vector<ParameterRange>& ranges) {
  config::Variant without_decay = optimizer;
  without_decay.settings["weight_decay"] = 0.0;
  std::vector<std::unique_ptr<Optimizer>> result;
  for (const auto& range : ranges) result.push_back(make_optimizer(range.decayed ? optimizer : without_decay, range));
  return result;
}

Decayed decayed(const config::Variant& optimizer) {
  return optimizer.settings.value("weight_decay_on", "all") == "weights" ? Decayed::weights : Decayed::all;
}

double base_lr(const config::Variant& optimizer) { return optimizer.settings.at("lr").get<double>(); }

}  // namespace bnexp::train
