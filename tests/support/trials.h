// Small trials that the tests train.
#pragma once

#include <memory>
#include <string>

#include "config/settings/catalog.h"
#include "config/settings/spec.h"
#include "data/dataset.h"
#include "train/guard.h"

namespace bnexp::tests {

inline config::Variant variant(const std::string& kind, const std::string& name, const Json& settings = {}) {
  config::Variant result = config::default_variant(kind, name);
  if (!settings.is_null()) result.settings.update(settings);
  return result;
}

// An MLP with batch norm on 500 digits, 100 of them for validation, and 200 test images; SGD 0.1, 12 steps of 32.
inline config::TrialSpec small_spec() {
  config::TrialSpec spec;
  spec.model = variant("model", "mlp", {{"widths", {32, 16}}});
  spec.norm = variant("norm", "batch");
  spec.data = variant("dataset", "digits", {{"train", 500}, {"test", 200}, {"validation", 100}});
  spec.train.epochs.reset();
  spec.train.steps = 12;
  spec.train.batch_size = 32;
  spec.train.optimizer = variant("optimizer", "sgd", {{"lr", 0.1}});
  spec.train.schedule = variant("schedule", "constant");
  return spec;
}

inline train::TrialResult run(const config::TrialSpec& spec) {
  const auto data = data::load(spec.data, {});
  return train::guarded([&](const auto& callbacks) { return train::run(spec, *data, callbacks); },
                        config::to_json(spec), *data, {});
}

}  // namespace bnexp::tests
